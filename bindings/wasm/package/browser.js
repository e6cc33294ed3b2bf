// naqd in the browser: naqd.wasm and default.naqd are fetched from where this file stands.
import { classifierBeside } from "./classifier.js";

const files = { "naqd.wasm": new URL("./naqd.wasm", import.meta.url), "default.naqd": new URL("./default.naqd", import.meta.url) };

export const Classifier = classifierBeside(async name => {
  const answer = await fetch(files[name]);
  if (!answer.ok) throw new Error(`${files[name]}: status ${answer.status}; ${name} has to stand beside browser.js`);
  return answer.arrayBuffer();
});
