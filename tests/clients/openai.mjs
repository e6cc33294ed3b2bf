// OpenAI's own client, with another address and key.
import assert from "node:assert/strict";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: `${process.env.NAQD_URL}/v1`, apiKey: process.env.NAQD_KEY, maxRetries: 0 });
const [insult, thanks] = ["You stupid idiot", "Thank you for this article"];
const one = await client.moderations.create({ input: insult });
assert.equal(one.results.length, 1);
assert.equal(one.results[0].flagged, true);
assert.equal(one.results[0].categories.harassment, true);
assert.equal(Object.keys(one.results[0].category_scores).length, 13);
const several = await client.moderations.create({ input: [thanks, insult], model: "text-moderation-latest" });
assert.deepEqual(several.results.map((result) => result.flagged), [false, true]);
await assert.rejects(client.moderations.create({ input: [] }), OpenAI.BadRequestError);
