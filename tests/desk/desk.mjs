// The review desk in Chromium; see `run`.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import puppeteer from "puppeteer-core";

const { NAQD_URL, CORAL_SECRET, DESK_PASSWORD, BROWSER, NAQD_SERVE, REVIEW, PICTURES } = process.env;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const COMMENT = "حسبنا الله ونعم الوكيل في كل من كان يعلم أن خراطيم الإطفاء فاضية وسكت وهذا ثاني حريق";

// A comment comes from Coral and is held.
const body = JSON.stringify({
  action: "NEW",
  comment: { body: `<p>${COMMENT}</p>`, parentID: "c-1" },
  author: { id: "a-77", role: "COMMENTER" },
  story: { id: "s-1", url: "https://news.example/souk" },
});
const signature = createHmac("sha256", CORAL_SECRET).update(body).digest("hex");
const answer = await fetch(`${NAQD_URL}/coral`, { method: "POST", body, headers: { "X-Coral-Signature": `sha256=${signature}` } });
assert.equal((await answer.json()).status, "SYSTEM_WITHHELD");

const browser = await puppeteer.launch({ executablePath: BROWSER, args: ["--no-sandbox"] });
const said = [];

async function visitor(language, scheme, width) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.on("pageerror", error => said.push(error.message));
  page.on("console", line => ["error", "warn"].includes(line.type()) && said.push(line.text()));
  await page.setViewport({ width, height: width > 600 ? 800 : 844 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.setCookie({ name: "naqd_language", value: language, url: `${NAQD_URL}/review`, path: "/review" });
  await page.goto(`${NAQD_URL}/review`);
  await page.type("#name", "سلمى");
  await page.type("#password", DESK_PASSWORD);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  return page;
}

const text = (page, selector) => page.$eval(selector, found => found.textContent.trim());

async function press(page, code) {
  await Promise.all([page.waitForNavigation(), page.keyboard.press(code)]);
}

// Decided on by keys, on an Arabic page. The key of the letter P writes ح on an Arabic keyboard: its place counts.
{
  const page = await visitor("ar", "light", 1280);
  await page.goto(`${NAQD_URL}/review/queue/held`);
  assert.equal(await page.$eval("html", html => html.dir), "rtl");
  await page.keyboard.press("KeyJ");
  await page.keyboard.press("KeyJ");
  assert.equal(await page.evaluate(() => [...document.querySelectorAll("a.row")].indexOf(document.activeElement)), 1);
  await page.keyboard.press("?");
  assert(await page.$eval("#keys", keys => keys.open));
  await page.keyboard.press("Escape");
  let found = false;
  await page.goto(`${NAQD_URL}/review/next/held`);
  for (let place = 0; place < 60 && !found; place += 1) {
    found = (await text(page, ".text")).includes("وهذا ثاني حريق");
    if (!found) await press(page, "KeyJ");
  }
  assert(found, "the comment is in the queue");
  assert.match(await text(page, ".context"), /a-77/);
  await page.keyboard.press("Digit2");
  assert.equal(await page.$eval("input[name=label]:checked", input => input.value), "critical");
  const here = page.url();
  await page.evaluate(() => {
    const key = new KeyboardEvent("keydown", { key: "ح", code: "KeyP", bubbles: true, cancelable: true });
    document.body.dispatchEvent(key);
  });
  await page.waitForNavigation();
  assert.equal(await text(page, ".done span"), "نُشر.");
  await press(page, "KeyU");
  assert.equal(new URL(page.url()).pathname, new URL(here).pathname, "undone, and shown again");
  await page.keyboard.press("Digit2");
  await press(page, "KeyP");
  const labels = execFileSync(NAQD_SERVE, ["review", "labels", "--review", REVIEW], { encoding: "utf8" });
  const row = labels.split("\n").find(line => line.includes("وهذا ثاني حريق"));
  assert.match(row, /,critical,.*,publish,/);
  await page.close();
}

// Without a script all of it works by forms.
{
  const page = await visitor("en", "light", 1280);
  await page.setJavaScriptEnabled(false);
  await page.goto(`${NAQD_URL}/review/next/held`);
  await Promise.all([page.waitForNavigation(), page.click("button.reject")]);
  assert.equal(await text(page, ".done span"), "Rejected.");
  await page.close();
}

// Every page, as people with other eyes, hands and devices meet it.
const found = [];
for (const [language, scheme, width] of [["ar", "light", 1280], ["ar", "dark", 390], ["en", "light", 390], ["en", "dark", 1280]]) {
  const page = await visitor(language, scheme, width);
  await page.setBypassCSP(true);
  for (const [name, path] of [["queue", "queue/held"], ["card", "next/held"], ["learning", "learning"], ["activity", "others"], ["account", "account"], ["bulk", "bulk?author=x"]]) {
    await page.goto(`${NAQD_URL}/review/${path}`);
    await page.screenshot({ path: `${PICTURES}/${name}-${language}-${scheme}-${width}.png` });
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (beyond > 0) found.push(`${name} ${language} ${width}: ${beyond} pixels beyond the screen`);
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => (await window.axe.run()).violations.map(({ impact, id, nodes }) => ({ impact, id, html: nodes[0].html })));
    for (const { impact, id, html } of violations) {
      if (["serious", "critical"].includes(impact)) found.push(`${name} ${language} ${scheme} ${width}: ${id}: ${html}`);
    }
  }
  await page.close();
}
await browser.close();
assert.deepEqual(found, []);
assert.deepEqual(said, []);
console.log("the review desk in a browser: ok");
