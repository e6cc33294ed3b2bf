// The same verdicts as naqd-score, in every printed digit: comments recombined from data/, with house rules; see `test`.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Classifier } from "naqd";

const { REPOSITORY, NAQD_SCORE, COMMENTS } = process.env;
const RULES = [
  { phrase: "سكان ذلك الحي", effect: "hold", note: "قضية أمام المحكمة" },
  { phrase: "town hall", effect: "critical", note: "" },
  { phrase: "الحمار", effect: "ignore", note: "" },
  { phrase: "clown*", effect: "reject", note: "" },
  { phrase: "المجلس", effect: "critical", note: "" },
];

// Numbers that look random, the same in every run.
let state = 1;
function below(number) {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return (state >>> 8) % number;
}

function texts(name) {
  const rows = execFileSync("python3", ["-c", "import csv, json, sys\nprint(json.dumps([row['text'] for row in csv.DictReader(open(sys.argv[1], encoding='utf-8', newline=''))]))", join(REPOSITORY, "data", name)], { maxBuffer: 1 << 28 });
  return JSON.parse(rows);
}

const all = ["comments.csv", "test.csv"].flatMap(texts);
const part = () => {
  const words = all[below(all.length)].split(" ");
  const from = below(words.length);
  return words.slice(from, from + 1 + below(14)).join(" ");
};
const BETWEEN = [" ", " ", ". ", "\n", "، ", " 😀 ", "! ", " (", "... "];
const comments = [];
while (comments.length < Number(COMMENTS)) {
  let text = below(4) ? all[below(all.length)] : part();
  for (let more = below(4); more > 0; more -= 1) text += BETWEEN[below(BETWEEN.length)] + part();
  // One word alone may be a placeholder of exporters, "none", which naqd-score does not take for a comment.
  if (/\S\s+\S/.test(text)) comments.push(text);
}

const folder = mkdtempSync(join(tmpdir(), "naqd-same-"));
const [inbox, rules] = ["inbox.jsonl", "rules.csv"].map(name => join(folder, name));
writeFileSync(inbox, comments.map(text => `${JSON.stringify({ text })}\n`).join(""));
const quoted = text => `"${text.replaceAll('"', '""')}"`;
writeFileSync(rules, ["phrase,effect,note", ...RULES.map(({ phrase, effect, note }) => [phrase, effect, note].map(quoted).join(","))].join("\n"));
const options = ["--explain", "--html=no", "--rules", rules, "--to", "jsonl", "--", inbox];
const expected = execFileSync(NAQD_SCORE, options, { encoding: "utf8", maxBuffer: 1 << 30, stdio: ["ignore", "pipe", "ignore"] }).trimEnd().split("\n");
rmSync(folder, { recursive: true });
assert.equal(expected.length, comments.length);

const classifier = await Classifier.shipped({ rules: RULES });
let [pieces, decided] = [0, 0];
comments.forEach((text, place) => {
  const got = classifier.explain(text);
  for (const piece of [...got.sentences, ...got.evidence, ...got.rules]) {
    assert.equal(text.slice(...piece.utf16), piece.text);
    pieces += 1;
  }
  const { sentences, evidence, rules: matched, ...verdict } = got;
  assert.deepEqual(classifier.score(text), verdict);
  decided += verdict.decision !== "hold";
  // The file of rules has a header, so that its lines are one more.
  for (const rule of matched) rule.line += 1;
  assert.equal(JSON.stringify(got), JSON.stringify(JSON.parse(expected[place]).naqd), `comment ${place}: ${text}`);
});
console.log(`${comments.length} comments, ${decided} of them decided, ${pieces} pieces: the same as naqd-score`);

if (process.env.SPEED) {
  for (const call of ["score", "explain"]) {
    const start = performance.now();
    for (const text of comments) classifier[call](text);
    console.log(`${call}: ${Math.round((1000 * comments.length) / (performance.now() - start))} comments a second`);
  }
}
