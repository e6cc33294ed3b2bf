// Classifier over the functions of naqd.wasm. `readFile` gives the bytes of a file that stands beside these scripts.

const MAX_COMMENT = 1 << 20;
const MAX_RULES = 16 << 20;
const MAX_MODEL = 256 << 20;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const internal = Symbol("made by load() and shipped()");

export function classifierBeside(readFile) {
  let compiled;

  // Compiled once; tried again if that failed.
  function program() {
    compiled ??= readFile("naqd.wasm").then(WebAssembly.compile).catch(error => {
      compiled = undefined;
      throw error;
    });
    return compiled;
  }

  return class Classifier {
    // One instance of the program for each classifier: memory that nobody uses is freed with it.
    #exports;
    #failure;
    #classes;

    constructor(key, exports) {
      if (key !== internal) throw new TypeError("use await Classifier.shipped() or await Classifier.load(bytes)");
      this.#exports = exports;
    }

    static async shipped(options) {
      const [model] = await Promise.all([readFile("default.naqd"), program()]);
      return Classifier.load(model, options);
    }

    static async load(model, { rules } = {}) {
      const bytes = model instanceof ArrayBuffer ? new Uint8Array(model) : model;
      if (!(bytes instanceof Uint8Array)) throw new TypeError("a model is a Uint8Array or an ArrayBuffer: the bytes of its file");
      if (rules !== undefined && !Array.isArray(rules)) throw new TypeError("rules are an array of { phrase, effect, note }");
      const { exports } = await WebAssembly.instantiate(await program());
      const classifier = new Classifier(internal, exports);
      classifier.#classes = Object.freeze(JSON.parse(classifier.#load("naqd_load", "a model", bytes, MAX_MODEL)));
      if (rules !== undefined) classifier.#load("naqd_rules", "a list of rules", encoder.encode(JSON.stringify(rules)), MAX_RULES);
      return classifier;
    }

    get classes() {
      return this.#classes;
    }

    score(text) {
      return this.#judge(text, false);
    }

    explain(text) {
      return this.#judge(text, true);
    }

    decide(text) {
      const { decision, notify, reason, rule } = this.#judge(text, false);
      if (decision === undefined) return null;
      return { decision, notify, reason, ...(rule !== undefined && { rule }) };
    }

    #load(name, what, bytes, most) {
      if (bytes.length > most) throw new RangeError(`${what} of ${bytes.length} bytes: expected at most ${most}`);
      return this.#call(exports => {
        const room = exports.naqd_room(bytes.length);
        new Uint8Array(exports.memory.buffer, room, bytes.length).set(bytes);
        return exports[name](bytes.length);
      });
    }

    #judge(text, explain) {
      if (typeof text !== "string") throw new TypeError(`a comment is a string, not ${text === null ? "null" : typeof text}`);
      if (text.length > MAX_COMMENT) {
        throw new RangeError(`a comment of ${text.length} UTF-16 units: expected at most ${MAX_COMMENT}`);
      }
      return JSON.parse(this.#call(exports => {
        // No unit of UTF-16 takes more than three bytes. A surrogate without its other half becomes U+FFFD, one unit as well.
        const size = 3 * text.length;
        const room = exports.naqd_room(size);
        const { written } = encoder.encodeInto(text, new Uint8Array(exports.memory.buffer, room, size));
        return exports.naqd_judge(written, explain);
      }));
    }

    #call(work) {
      if (this.#failure) throw new Error(this.#failure);
      let refused;
      try {
        refused = work(this.#exports);
      } catch (error) {
        // A defect of naqd or no memory left: nothing in this instance can be trusted any more.
        const said = this.#answer() || error.message;
        this.#failure = `naqd failed, load the model anew: ${said}`;
        throw new Error(this.#failure, { cause: error });
      }
      const answer = this.#answer();
      if (refused) throw new Error(answer);
      return answer;
    }

    #answer() {
      const { memory, naqd_answer, naqd_answer_length } = this.#exports;
      return decoder.decode(new Uint8Array(memory.buffer, naqd_answer(), naqd_answer_length()));
    }
  };
}
