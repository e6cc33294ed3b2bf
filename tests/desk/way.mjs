// The doors around the desk: comments that arrive, what receivers were told, an archive to decide on, and the next model.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const { NAQD_URL, CORAL_SECRET, HOOK_SECRET, NAQD_SERVE, NAQD_TRAIN, REVIEW, RECEIVED, MODEL, WORK } = process.env;

// Asks the server, once more where a connection that was kept is closed by now: a training takes longer than that.
function ask(path, options) {
  return fetch(NAQD_URL + path, options).catch(() => fetch(NAQD_URL + path, options));
}

// A comment comes from Coral; returns Coral's answer.
export async function fromCoral(comment, author) {
  const body = JSON.stringify({
    action: "NEW",
    comment: { body: `<p>${comment}</p>`, parentID: null },
    author: { id: author, role: "COMMENTER" },
    story: { id: "s-1", url: "https://news.example/gallery" },
  }, null, 2);
  const signature = createHmac("sha256", CORAL_SECRET).update(body).digest("hex");
  const answer = await ask("/coral", { method: "POST", body, headers: { "X-Coral-Signature": `sha256=${signature}` } });
  return answer.json();
}

// A comment comes by the webhook of a CMS; returns the decision.
export async function fromCms(comment, id) {
  const body = JSON.stringify({ comment: { text: comment, id, author: "reader7", story: "concert" } });
  const headers = { "X-Signature": createHmac("sha256", HOOK_SECRET).update(body).digest("hex") };
  const answer = await ask("/v1/hooks/cms", { method: "POST", body, headers });
  return (await answer.json()).decision;
}

// What the receivers have been told, once there is as much of it as is waited for.
export async function told(what, number) {
  for (let tries = 0; tries < 300; tries += 1) {
    const lines = readFileSync(RECEIVED, "utf8").split("\n").filter(Boolean).map(line => JSON.parse(line));
    assert.deepEqual(lines.filter(line => line.what === "refused"), []);
    const found = lines.filter(line => line.what === what);
    if (found.length >= number) return found;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error(`${number} of ${what} did not arrive`);
}

// The event of a delivery, whose signature is good.
export function event({ signature, body }) {
  const [time, signed] = signature.split(",").map(part => part.slice(part.indexOf("=") + 1));
  assert.equal(createHmac("sha256", HOOK_SECRET).update(`${time}.${body}`).digest("hex"), signed);
  return JSON.parse(body);
}

// Rows of a CSV file of the repository.
export function rows(file) {
  const cells = [...readFileSync(file, "utf8").matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)];
  const table = [[]];
  for (const [whole, quoted, plain, end] of cells) {
    if (!whole) continue;
    table.at(-1).push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === "\n") table.push([]);
  }
  const [header, ...found] = table.filter(row => row.length > 1);
  return found.map(row => Object.fromEntries(header.map((name, place) => [name, row[place]])));
}

// Puts comments into the queues, with the author that tells their labels; all of them as spot checks, or those that are held.
export function queue(name, comments, config) {
  const csv = value => `"${value.replaceAll('"', '""')}"`;
  const lines = comments.map(({ id, text, label }) => [id, text, label === "abusive" ? "abusive" : "others"].map(csv).join(","));
  writeFileSync(`${WORK}/${name}.csv`, `id,text,author\n${lines.join("\n")}\n`);
  execFileSync(NAQD_SERVE, ["queue", `${WORK}/${name}.csv`, "--config", config], { stdio: ["ignore", "ignore", "pipe"] });
}

// Trains the next model, and compares it with the one in use or switches; returns what is said of it.
export function retrain(...options) {
  const args = ["retrain", "--review", REVIEW, "--model", MODEL, "--trainer", NAQD_TRAIN, ...options];
  return execFileSync(NAQD_SERVE, args, { encoding: "utf8" });
}

// The version of the model that the server uses.
export async function version() {
  return (await (await ask("/v1/model")).json()).version;
}
