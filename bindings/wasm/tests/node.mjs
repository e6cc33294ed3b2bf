// The package in Node, as somebody uses it who installed it; see `test`.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { Classifier } from "naqd";

const { REPOSITORY } = process.env;
const model = readFileSync(createRequire(import.meta.url).resolve("naqd/default.naqd"));
const shipped = await Classifier.shipped();

test("labels, probabilities and decisions", () => {
  assert.deepEqual(shipped.classes, ["abusive", "critical", "neutral"]);
  const verdict = shipped.score("أنت كلب حقير يا تافه");
  assert.equal(verdict.label, "abusive");
  assert.equal(verdict.version, 1);
  assert(verdict.probabilities.abusive > 0.9 && !("evidence" in verdict));
  assert.deepEqual(shipped.decide("شكرا جزيلا لكم"), { decision: "publish", notify: "", reason: "score" });
  assert.equal(shipped.score("").decision, "hold");
});

test("offsets are those of JavaScript", () => {
  const text = "😀😀 أنت غبي 😀 you idiot";
  const { evidence, sentences } = shipped.explain(text);
  for (const piece of [...evidence, ...sentences]) assert.equal(text.slice(...piece.utf16), piece.text);
  assert(evidence.some(piece => piece.text === "idiot"));
});

test("a model of one's own, and house rules", async () => {
  const rules = [{ phrase: "town hall", effect: "hold", note: "a case" }, { phrase: "sea dog", effect: "ignore" }];
  const buffer = model.buffer.slice(model.byteOffset, model.byteOffset + model.length);
  const own = await Classifier.load(buffer, { rules });
  assert.deepEqual(own.decide("Thanks from the Town Hall"), { decision: "hold", notify: "", reason: "rule", rule: "town hall" });
  const [found] = own.explain("The 😀 Town Hall").rules;
  assert.deepEqual([found.utf16, found.effect, found.note, found.line], [[7, 16], "hold", "a case", 1]);
  assert.equal(shipped.decide("Thanks from the Town Hall").reason, "score");
});

test("what is wrong is said", async () => {
  for (const wrong of [undefined, null, 5, {}, ["x"], new String("x")]) {
    for (const call of ["score", "explain", "decide"]) assert.throws(() => shipped[call](wrong), { name: "TypeError", message: /^a comment is a string/ });
  }
  assert.throws(() => shipped.score("x".repeat(2 ** 20 + 1)), { name: "RangeError", message: /1048577 UTF-16 units: expected at most 1048576/ });
  assert.throws(() => new Classifier(), { name: "TypeError", message: /Classifier.load/ });
  await assert.rejects(Classifier.load("model.naqd"), { name: "TypeError", message: /bytes of its file/ });
  await assert.rejects(Classifier.load(new Uint8Array(2 ** 28 + 1)), { name: "RangeError", message: /expected at most 268435456/ });
  const bad = [
    ["x", /^rules are an array/],
    [[{ phrase: "x", effect: "delete" }], /^rules:1: effect: "delete", expected ignore, hold, reject or critical$/],
    [[{ phrase: "x", effect: "hold" }, { phrase: "X", effect: "reject" }], /^rules:2: .*expected each phrase once/],
    [[{ phrase: "\ud800", effect: "hold" }], /^rules: /],
    [[{ effect: "hold" }], /^rules: missing field `phrase`/],
    [[{ phrase: " ", effect: "hold" }], /^rules:1: /],
    [[null], /^rules: /],
    [[{ phrase: "x", effect: "hold", note: "n".repeat(1001) }], /^rules:1: note: 1001 bytes long, expected at most 1000$/],
  ];
  for (const [rules, message] of bad) await assert.rejects(Classifier.load(model, { rules }), { message });
});

// Numbers that look random, the same in every run.
function random(seed) {
  return below => {
    seed = Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return (Math.imul(seed ^ (seed >>> 13), 0x297a2d39) >>> 0) % below;
  };
}

const POOLS = [
  [0, 0x80], [0x600, 0x700], [0x64b, 0x660], [0xd800, 0xe000], [0x2000, 0x2070], [0xfb50, 0xfdff], [0xfe00, 0x10000], [0, 0x10000], [0x300, 0x370],
];
const WORDS = ["غبي", "أنت", "idiot", "you", "not ", "\n", "«", "»", "http://a.b/", "@x", "😀", "1", "ـ", "\u200f", "<b>", "."];

test("any string", () => {
  const below = random(7);
  for (let round = 0; round < 20000; round += 1) {
    let text = "";
    for (let length = below(round % 100 ? 40 : 2000); length > 0; length -= 1) {
      const [from, to] = POOLS[below(POOLS.length)];
      text += below(3) ? String.fromCharCode(from + below(to - from)) : WORDS[below(WORDS.length)] + (below(2) ? " " : "");
    }
    const verdict = shipped.score(text);
    const explanation = shipped.explain(text);
    const sum = Object.values(verdict.probabilities).reduce((sum, one) => sum + one);
    assert(Math.abs(sum - 1) < 0.001, JSON.stringify(text));
    assert.deepEqual({ ...explanation, sentences: 0, evidence: 0 }, { ...verdict, sentences: 0, evidence: 0 }, JSON.stringify(text));
    const shown = text.toWellFormed();
    for (const piece of [...explanation.evidence, ...explanation.sentences]) {
      assert.equal(shown.slice(...piece.utf16), piece.text, JSON.stringify(text));
    }
  }
});

test("a megabyte of anything, in bounded time", () => {
  const below = random(3);
  const most = 2 ** 20;
  const filled = piece => piece.repeat(Math.ceil(most / piece.length)).slice(0, most);
  const texts = ["a", "ا", "غبي ", "idiot. ", "\ud800", "😀", ". ", "\n", "«", "\"x ", "\u0651", "you idiot, ", "http://", "@", " "].map(filled);
  texts.push(Array.from({ length: most }, () => String.fromCharCode(below(0x10000))).join(""));
  for (const text of texts) {
    for (const call of ["score", "explain"]) {
      const start = performance.now();
      assert.equal(shipped[call](text).version, 1);
      const seconds = (performance.now() - start) / 1000;
      assert(seconds < 30, `${call} of a megabyte of ${JSON.stringify(text.slice(0, 8))} took ${seconds} s`);
    }
  }
});

test("damaged models are refused, and what was loaded before goes on", async () => {
  const below = random(11);
  const damaged = [new Uint8Array(0), new Uint8Array(8), new Uint8Array(8).fill(255), model.subarray(0, -1), Buffer.concat([model, Buffer.from("x")])];
  for (let round = 0; round < 40; round += 1) {
    const copy = Uint8Array.from(model);
    copy[round < 20 ? below(4000) : below(model.length)] ^= 1 << below(8);
    damaged.push(copy);
    damaged.push(model.subarray(0, below(model.length)));
  }
  for (const bytes of damaged) {
    await assert.rejects(Classifier.load(bytes), error => error.constructor === Error && !/^naqd failed|unreachable/.test(error.message));
  }
  const seeds = join(REPOSITORY, "fuzz/seeds/model");
  let refused = 0;
  for (const name of readdirSync(seeds)) {
    try {
      (await Classifier.load(readFileSync(join(seeds, name)))).explain("you idiot");
    } catch (error) {
      refused += 1;
      assert(!/^naqd failed|unreachable/.test(error.message), `${name}: ${error.message}`);
    }
  }
  assert(refused > 0);
  assert.equal(shipped.score("you idiot").label, "abusive");
});

test("a defect is an Error, and the classifier refuses to go on", async () => {
  // (module (func (export "trap") unreachable))
  const trap = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 116, 114, 97, 112, 0, 0, 10, 5, 1, 3, 0, 0, 11]);
  const { instance } = await WebAssembly.instantiate(trap);
  const instantiate = WebAssembly.instantiate;
  WebAssembly.instantiate = async module => {
    const { exports } = await instantiate(module);
    return { exports: { ...exports, naqd_judge: instance.exports.trap } };
  };
  const broken = await Classifier.load(model).finally(() => { WebAssembly.instantiate = instantiate; });
  // Nothing of a comment is in the message: who catches it may log it.
  const message = /^naqd failed, load the model anew: unreachable$/;
  assert.throws(() => broken.score("x"), error => message.test(error.message) && error.cause instanceof WebAssembly.RuntimeError);
  assert.throws(() => broken.score("x"), { message });
});
