// Keys, times in the reader's zone, and a claim that is renewed. The pages work without all of this.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const language = document.documentElement.lang;

// Times as this machine shows them.
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.valueOf())) {
    const shown = new Intl.DateTimeFormat(`${language}-u-nu-latn`, { dateStyle: "medium", timeStyle: "short" }).format(at);
    (time.firstElementChild ?? time).textContent = shown;
    time.title = time.dateTime;
  }
}

const keys = $("#keys");
const help = $("#help");
if (help && keys) {
  help.hidden = false;
  help.addEventListener("click", () => keys.showModal());
}

// A form that is on its way is not sent again by a second press.
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener("submit", event => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
  });
}
// The page may come back by the button "back".
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(form => delete form.dataset.sent));

// Rows of a queue, by J and K.
const rows = [...document.querySelectorAll("a.row")];
function move(by) {
  const place = rows.indexOf(document.activeElement);
  const next = place < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(place + by, 0), rows.length - 1);
  rows[next]?.focus();
}

// A label by its number: in the spot checks it is the decision, elsewhere it goes with one.
function label(code) {
  const choice = $(`input[type="radio"][data-key="${code}"]`);
  if (!choice) return;
  choice.checked = true;
  choice.focus({ preventScroll: true });
  const queue = $('#act input[name="queue"]');
  if (queue?.value === "spots") $("#act [data-label]")?.click();
}

function pressed(code) {
  if (/^(Digit|Numpad)[1-9]$/.test(code)) {
    label(code.replace("Numpad", "Digit"));
    return true;
  }
  if (rows.length > 0 && (code === "KeyJ" || code === "KeyK")) {
    move(code === "KeyJ" ? 1 : -1);
    return true;
  }
  const target = $(`[data-key="${code}"]:not(input)`);
  if (!target) return false;
  target.click();
  return true;
}

addEventListener("keydown", event => {
  const typing = event.target.closest?.('input:not([type="radio"]):not([type="checkbox"]), select, textarea');
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat || typing) return;
  // By the sign where a keyboard has it, by the place on one that has not.
  const asks = event.key === "?" || event.key === "؟" || (event.code === "Slash" && event.shiftKey);
  if (asks && keys) {
    keys.open ? keys.close() : keys.showModal();
    event.preventDefault();
  } else if (!keys?.open && pressed(event.code)) {
    event.preventDefault();
  }
});

// While a card is looked at, nobody else is given it: the claim is renewed every minute, for at most a quarter of an hour.
const card = $(".card");
const secret = $('#act input[name="form"]');
if (card && secret) {
  let left = 15;
  const renew = async () => {
    if (document.hidden) return;
    left -= 1;
    const body = new URLSearchParams({ form: secret.value, act: "claim" });
    const answer = await fetch(`/review/comment/${card.dataset.comment}`, { method: "POST", body, redirect: "manual" });
    if (answer.status !== 204 || left <= 0) clearInterval(timer);
  };
  const timer = setInterval(() => renew().catch(() => {}), 60_000);
}
