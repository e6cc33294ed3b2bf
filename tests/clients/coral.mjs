// Coral's part of its external moderation phase: the request as Coral writes and signs it, and the answer held against
// a schema of the same shape as the one that Coral applies (server/.../pipeline/phases/external.ts).
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import Joi from "joi";

const status = ["NONE", "APPROVED", "REJECTED", "PREMOD", "SYSTEM_WITHHELD"];
const code = [
  "OFFENSIVE", "ABUSIVE", "SPAM", "BANNED_WORD", "AD", "ILLEGAL_CONTENT", "HARASSMENT_BULLYING", "MISINFORMATION",
  "HATE_SPEECH", "IRRELEVANT_CONTENT", "OTHER",
];
const schema = Joi.object().keys({
  actions: Joi.array().items(
    Joi.object().keys({
      actionType: Joi.string().only().allow("FLAG").required(),
      reason: Joi.string().only().allow("COMMENT_DETECTED_TOXIC", "COMMENT_DETECTED_SPAM").required(),
    }),
  ),
  status: Joi.string().only().allow(...status),
  tags: Joi.array().items(Joi.string().only().allow("FEATURED", "STAFF").required()),
  moderationAction: Joi.object().keys({
    status: Joi.string().only().allow(...status),
    rejectionReason: Joi.object().keys({
      code: Joi.string().only().allow(...code),
      legalGrounds: Joi.string(),
      detailedExplanation: Joi.string(),
      customReason: Joi.string(),
    }),
  }),
});

// The schema has Coral's traps.
for (const trap of [{ tags: [] }, { status: null }, { status: "" }, { actions: null }]) {
  assert.ok(schema.validate(trap).error, JSON.stringify(trap));
}

const sign = (secret, body) => `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;

async function moderate(text, secrets) {
  const request = {
    action: "NEW",
    comment: { body: text, parentID: null },
    author: { id: "7c1f9d7e-0000-4000-8000-000000000000", role: "COMMENTER" },
    story: { id: "1", url: "https://news.example/1" },
    site: { id: "1" },
    tenantID: "1",
    tenantDomain: "news.example",
  };
  const body = JSON.stringify(request, null, 2);
  const headers = { "Content-Type": "application/json", "User-Agent": "Coral Moderation/9" };
  if (secrets.length > 0) {
    headers["X-Coral-Signature"] = secrets.map((secret) => sign(secret, body)).join(",");
  }
  const started = performance.now();
  const response = await fetch(`${process.env.NAQD_URL}/coral`, {
    method: "POST", body, headers, redirect: "error", signal: AbortSignal.timeout(2000),
  });
  return { response, answer: await response.json(), took: performance.now() - started };
}

const secret = process.env.CORAL_SECRET;
const slowest = [];
async function check(text, secrets = [secret]) {
  const { response, answer, took } = await moderate(text, secrets);
  assert.equal(response.status, 200);
  slowest.push(took);
  const { value, error } = schema.validate(answer, { stripUnknown: true, presence: "optional", abortEarly: false });
  assert.equal(error, undefined);
  assert.equal(value.naqd, undefined);
  assert.equal(value.tags, undefined);
  return { value, naqd: answer.naqd };
}

const clean = await check("<p>Thank you for this useful report.</p>");
assert.deepEqual(clean.value, { actions: [] });
assert.equal(clean.naqd.decision, "publish");

const abuse = await check("<p>كاتب هذا المقال <b>غبي</b> وكلب وحمار</p>");
assert.deepEqual(abuse.value, {
  actions: [{ actionType: "FLAG", reason: "COMMENT_DETECTED_TOXIC" }],
  status: "REJECTED",
  moderationAction: { status: "REJECTED", rejectionReason: { code: "ABUSIVE" } },
});

// Nothing in it that a model could know: held, and not called toxic.
const held = await check("<p>ᚠᚢᚦᚨᚱᚲ ᚷᚹᚺᚾᛁ</p>");
assert.deepEqual(held.value, { actions: [], status: "SYSTEM_WITHHELD" });
assert.equal(held.naqd.reason, "unfamiliar");

// Held by its score: called toxic where abuse is what stands out.
const middling = ["Thanks, author, whoever you are. Not a word wasted.", "Ta for fixing the crossword", "خبر تافه لا يستحق الحبر"];
for (const text of middling) {
  const { value, naqd } = await check(`<p>${text}</p>`);
  if (naqd.decision === "hold") assert.equal(value.actions.length, naqd.label === "abusive" ? 1 : 0, text);
}

// Half an emoji, as a text cut after so many characters ends, is no way around.
assert.equal((await check("<p>you stupid idiot, you are a pathetic moron \ud83d</p>")).value.status, "REJECTED");

// Secrets in rotation: any of them will do.
await check("<p>Hello there.</p>", ["empsec_expired", secret]);
await check("<p>Hello there.</p>", ["empsec_another_secret"]);
for (const wrong of [[], ["empsec_wrong"], ["empsec_wrong", "empsec_wrong_too"]]) {
  const { response } = await moderate("<p>Hello there.</p>", wrong);
  assert.equal(response.status, 401);
}
// The first ones pay for the start of this client.
const middle = slowest.sort((a, b) => a - b)[Math.floor(slowest.length / 2)];
assert.ok(middle < 100, `answers took ${middle} ms, Coral waits for 200`);
