// What to do with a comment, asked of naqd-serve: for sites in Node 18 or later. Needs no library.
//
//     NAQD_URL=http://127.0.0.1:8080 node examples/comment.mjs 'text of a comment'
//
// prints publish, hold or reject. decision() may be copied into a site, and used under the licence of naqd.

// Decision of naqd-serve. A reader waits one second at most; without an answer the comment is held, for a person to decide.
export async function decision(text, address, key = "") {
  const headers = { "Content-Type": "application/json", ...(key && { Authorization: `Bearer ${key}` }) };
  const request = { method: "POST", headers, body: JSON.stringify({ text }), redirect: "error", signal: AbortSignal.timeout(1000) };
  try {
    const answer = await (await fetch(`${address}/v1/score`, request)).json();
    const verdict = answer.results[0];
    // With watch_only in naqd.toml there is no decision, only what it would have been: publish as before.
    const decided = verdict.would ? "publish" : verdict.decision;
    return ["publish", "hold", "reject"].includes(decided) ? decided : "hold";
  } catch {
    return "hold";
  }
}

if (process.argv[1]?.endsWith("comment.mjs") && process.argv[2]) {
  console.log(await decision(process.argv[2], process.env.NAQD_URL ?? "http://127.0.0.1:8080", process.env.NAQD_KEY));
}
