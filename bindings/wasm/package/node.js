// naqd in Node: naqd.wasm and default.naqd are read from where this file stands.
import { readFile } from "node:fs/promises";
import { classifierBeside } from "./classifier.js";

export const Classifier = classifierBeside(name => readFile(new URL(name, import.meta.url)));
