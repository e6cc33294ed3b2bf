// Google's client for JavaScript, with another address.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { Client } = require("@conversationai/perspectiveapi-js-client");

const client = new Client("any key");
client.perspectiveApiUrl = `${process.env.NAQD_URL}/v1alpha1/comments:analyze?key=any`;

const attributes = ["TOXICITY", "SEVERE_TOXICITY", "NEUTRAL"];
const abuse = await client.getScores("whoever wrote this is a stupid idiot", { attributes });
assert.deepEqual(Object.keys(abuse), attributes);
assert.ok(abuse.TOXICITY > 0.8, JSON.stringify(abuse));
const thanks = await client.getScores("<p>Thank you for this <b>useful</b> report</p>", { attributes, stripHTML: true });
assert.ok(thanks.TOXICITY < 0.2 && thanks.NEUTRAL > 0.5, JSON.stringify(thanks));
await assert.rejects(client.getScores("text", { attributes: ["FLIRTATION"] }), /400/);
