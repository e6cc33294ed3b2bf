// Asks a writer to read a comment once more before it is posted, if it may hurt somebody. Criticism is not asked about. The model
// runs in the page: nothing is sent. Where it cannot be loaded, comments are posted as without it.
import { Classifier } from "./naqd/browser.js";
import { TEXTS } from "./texts.js";

const find = id => document.getElementById(id);
const [form, comment, nudge, preview, words, status, list] =
  ["form", "comment", "nudge", "preview", "words", "status", "list"].map(find);
let texts = TEXTS.en;
let asked = "";

// The model is five megabytes: it is fetched when somebody begins to write.
let loading;
function classifier() {
  loading ??= Classifier.shipped();
  return loading;
}
comment.addEventListener("focus", () => classifier().catch(() => {}), { once: true });

function show(language) {
  texts = TEXTS[language];
  document.documentElement.lang = language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
  document.title = texts.title;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = texts[element.dataset.text];
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", texts[element.dataset.label]);
  comment.placeholder = texts.placeholder;
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
  list.replaceChildren(...texts.before.map(text => item(text)));
  status.textContent = "";
  nudge.hidden = true;
}

function item(text) {
  const line = document.createElement("li");
  line.dir = "auto";
  line.textContent = text;
  return line;
}

// Places of the words that speak most for abuse, without overlaps, in the order of the comment.
function hurtful(evidence) {
  const abusive = evidence.filter(piece => piece.label === "abusive");
  const strong = abusive.filter(piece => piece.weight >= abusive[0].weight / 3).map(piece => piece.utf16).sort((a, b) => a[0] - b[0]);
  const places = [];
  for (const [start, end] of strong) {
    const last = places.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else places.push([start, end]);
  }
  return places;
}

function highlight(text, places) {
  const parts = [];
  let at = 0;
  for (const [start, end] of places) {
    const mark = document.createElement("mark");
    mark.textContent = text.slice(start, end);
    parts.push(text.slice(at, start), mark);
    at = end;
  }
  preview.replaceChildren(...parts, text.slice(at));
  // Marks are not read out, so that the words are also said.
  const said = [...new Set(places.map(([start, end]) => text.slice(start, end)))];
  words.textContent = said.length ? texts.words(said) : "";
}

async function mayHurt(text) {
  try {
    const explanation = (await classifier()).explain(text);
    return explanation.label === "abusive" ? hurtful(explanation.evidence) : null;
  } catch (error) {
    console.warn(error.message);
    return null;
  }
}

function tell(places, text) {
  find("nudge-title").textContent = places ? texts.nudge : texts.better;
  find("nudge-text").textContent = places ? texts.reason : texts.thanks;
  nudge.classList.toggle("better", !places);
  for (const element of [preview, words, find("maybe-wrong"), find("edit"), find("anyway")]) element.hidden = !places;
  if (places) highlight(text, places);
}

function post() {
  list.prepend(item(comment.value.trim()));
  comment.value = "";
  nudge.hidden = true;
  status.textContent = texts.posted;
  comment.focus();
}

form.addEventListener("submit", async event => {
  event.preventDefault();
  const text = comment.value;
  if (!text.trim()) return comment.focus();
  // Asked once: who has changed it and posts again has read it over. A second click alone is none.
  if (!nudge.hidden && text !== asked) return post();
  const places = await mayHurt(text);
  if (!places) return post();
  asked = text;
  status.textContent = "";
  tell(places, text);
  nudge.hidden = false;
  find("nudge-title").focus();
});

find("edit").addEventListener("click", () => comment.focus());
find("anyway").addEventListener("click", post);

let waiting;
comment.addEventListener("input", () => {
  if (nudge.hidden) return;
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const text = comment.value;
    const places = await mayHurt(text);
    if (nudge.hidden || text !== comment.value) return;
    tell(places, text);
  }, 300);
});

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => show(button.dataset.language));
}
const wanted = new URLSearchParams(location.search).get("language") ?? navigator.language.slice(0, 2);
show(wanted === "ar" ? "ar" : "en");
