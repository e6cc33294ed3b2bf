// The page of examples/browser in Chromium; see `test`.
import assert from "node:assert/strict";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join, normalize } from "node:path";
import puppeteer from "puppeteer-core";

const { BROWSER, PAGE, PICTURES } = process.env;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm" };

const asked = [];
let withoutModel = false;
const server = createServer((request, answer) => {
  const path = normalize(new URL(request.url, "http://x").pathname);
  const file = join(PAGE, path === "/" ? "index.html" : path);
  asked.push(`${request.method} ${path}`);
  if (!existsSync(file) || (withoutModel && path.endsWith(".naqd"))) return answer.writeHead(404).end();
  answer.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(answer);
});
await new Promise(ready => server.listen(0, "127.0.0.1", ready));
const url = `http://127.0.0.1:${server.address().port}/`;
const browser = await puppeteer.launch({ executablePath: BROWSER, args: ["--no-sandbox", "--lang=en"] });
const said = [];
const elsewhere = [];

async function visitor(language, scheme = "light", width = 1000) {
  const page = await (await browser.createBrowserContext()).newPage();
  page.on("pageerror", error => said.push(error.message));
  page.on("console", line => ["error", "warn"].includes(line.type()) && said.push(line.text()));
  page.on("request", request => !request.url().startsWith(url) && elsewhere.push(request.url()));
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(`${url}?language=${language}`);
  return page;
}

const text = (page, selector) => page.$eval(selector, found => found.textContent.trim());
const isShown = (page, selector) => page.$eval(selector, found => found.checkVisibility());
const first = page => text(page, "#list li");
const posted = (page, comment) => page.waitForFunction(comment => document.querySelector("#list li").textContent === comment, {}, comment);

async function write(page, comment) {
  await page.$eval("#comment", area => { area.value = ""; });
  await page.type("#comment", comment);
}

async function nudged(page, comment) {
  await write(page, comment);
  await page.click("#post");
  await page.waitForFunction(() => !document.getElementById("nudge").hidden);
}

// Criticism, even sharp, is posted without a word; an insult is asked about once, and the words are marked.
const CASES = [
  ["en", "The council lied about the costs, and this report hides half of them.", "You are a stupid idiot, and the repairs are too slow.", "idiot", "The repairs take too long, and nobody explains why."],
  ["ar", "المجلس أخفى كلفة الترميم، والتقرير ناقص ومنحاز.", "أنت كلب حقير يا تافه والترميم بطيء", "تافه", "الترميم بطيء ولا أحد يشرح السبب."],
];
for (const [language, criticism, insult, word, changed] of CASES) {
  const page = await visitor(language);
  assert.equal(await page.$eval("html", html => html.dir), language === "ar" ? "rtl" : "ltr");
  await write(page, criticism);
  await page.click("#post");
  await posted(page, criticism);
  assert(!(await isShown(page, "#nudge")), "criticism is welcome");
  await nudged(page, insult);
  assert.equal(await page.evaluate(() => document.activeElement.id), "nudge-title");
  assert.equal(await text(page, "#preview"), insult);
  const marks = await page.$$eval("#preview mark", marks => marks.map(mark => mark.textContent));
  assert(marks.some(mark => mark.includes(word)) && marks.join(" ").length < insult.length, marks.join(" | "));
  assert((await text(page, "#words")).includes(word), "the words are read out too");
  assert.equal(await first(page), criticism, "nothing is posted yet");
  await page.screenshot({ path: `${PICTURES}/nudge-${language}.png` });
  await page.click("#edit");
  assert.equal(await page.evaluate(() => document.activeElement.id), "comment");
  await write(page, changed);
  await page.waitForFunction(() => document.getElementById("nudge").classList.contains("better"));
  await page.click("#post");
  await posted(page, changed);
  // Whoever wants to post it as it is can.
  await nudged(page, insult);
  await page.focus("#anyway");
  await page.keyboard.press("Enter");
  await posted(page, insult);
  assert(!(await isShown(page, "#nudge")));
  await page.close();
}

// While somebody writes and posts, nothing is asked of the server, but for the model when writing begins.
{
  const page = await visitor("en");
  await nudged(page, "you stupid idiot");
  const before = asked.length;
  await page.type("#comment", ", and more");
  await page.click("#post");
  await posted(page, "you stupid idiot, and more");
  assert.equal(asked.length, before);
  assert(asked.every(request => request.startsWith("GET /")));
  // What the page may not do, whoever tries it.
  const blocked = await page.evaluate(() => fetch("https://example.com/").then(() => "sent", error => error.name));
  assert.equal(blocked, "TypeError");
  assert(said.splice(0).every(line => /Content Security Policy|example\.com/.test(line)));
  elsewhere.splice(0);
  await page.close();
}

// Without the model the page is as without naqd.
{
  withoutModel = true;
  const page = await visitor("en");
  await write(page, "you stupid idiot");
  await page.click("#post");
  await posted(page, "you stupid idiot");
  assert(said.splice(0).every(line => /404|default\.naqd/.test(line)));
  withoutModel = false;
  await page.close();
}

// Every look, by the rules of axe-core.
const found = [];
for (const [language, scheme, width] of [["ar", "light", 1000], ["ar", "dark", 390], ["en", "light", 320], ["en", "dark", 1000]]) {
  const page = await visitor(language, scheme, width);
  for (const state of ["empty", "nudge", "better"]) {
    if (state === "nudge") await nudged(page, CASES.find(([of]) => of === language)[2]);
    if (state === "better") {
      await write(page, CASES.find(([of]) => of === language)[4]);
      await page.waitForFunction(() => document.getElementById("nudge").classList.contains("better"));
    }
    await new Promise(done => setTimeout(done, 300)); // the animation
    await page.screenshot({ path: `${PICTURES}/${state}-${language}-${scheme}-${width}.png`, fullPage: true });
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (beyond > 0) found.push(`${state} ${language} ${width}: ${beyond} pixels beyond the screen`);
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => (await window.axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`));
    found.push(...violations.map(violation => `${state} ${language} ${scheme} ${width}: ${violation}`));
  }
  await page.close();
}

// Time from nothing to a first verdict.
const page = await visitor("en");
const took = await page.evaluate(async () => {
  const start = performance.now();
  const { Classifier } = await import("./naqd/browser.js");
  const classifier = await Classifier.shipped();
  classifier.explain("you stupid idiot");
  const loaded = performance.now();
  for (let round = 0; round < 200; round += 1) classifier.explain(`The repairs are too slow, and nobody explains why. ${round}`);
  return [loaded - start, (performance.now() - loaded) / 200];
});
await browser.close();
server.close();
assert.deepEqual(found, []);
assert.deepEqual(said, []);
assert.deepEqual(elsewhere, []);
console.log(`the page in a browser: ok; first verdict after ${took[0].toFixed()} ms, another explained in ${took[1].toFixed(2)} ms`);
