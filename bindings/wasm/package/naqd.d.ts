export type Effect = "ignore" | "hold" | "reject" | "critical";

/** House rule: a phrase, and what it does to a comment. The note is for those who read the list. */
export interface Rule {
  phrase: string;
  effect: Effect;
  note?: string;
}

/** Options of a classifier. */
export interface Options {
  /** House rules, at most 100,000, each phrase once. */
  rules?: readonly Rule[];
}

export type Action = "publish" | "hold" | "reject";
export type Reason = "score" | "unfamiliar" | "no promise" | "rule" | "one word" | "quotation";
export type Kind = "insult" | "group" | "threat" | "obscene" | "curse";

/** Decision on a comment, by the thresholds of the model and the house rules. */
export interface Decision {
  decision: Action;
  /** `threat`, `editors`, both joined by `|`, or empty. */
  notify: string;
  reason: Reason;
  /** Phrase of the house rule that decided. */
  rule?: string;
}

/** Verdict on a comment. The decision is absent if the model has no thresholds and no house rule decides. */
export interface Verdict extends Partial<Decision> {
  /** Version of this JSON. */
  version: number;
  /** Name of the class: `abusive`, `critical` or `neutral`, if the model has no others. */
  label: string;
  /** Calibrated probability of each class, with four decimals. */
  probabilities: Record<string, number>;
  /** Probability of each kind of abuse, where they were computed. */
  kinds?: Partial<Record<Kind, number>>;
  /** Kinds that the comment is said to be of. */
  named_kinds?: Kind[];
}

/** A piece of the comment. Each pair is its start and end, the end exclusive. */
export interface Piece {
  text: string;
  /** In UTF-16 units, as JavaScript counts: `comment.slice(...piece.utf16)`. */
  utf16: [number, number];
  /** In characters (code points). */
  chars: [number, number];
  /** In bytes of UTF-8. */
  bytes: [number, number];
}

/** Sentence, scored alone. */
export interface Sentence extends Piece {
  label: string;
  probabilities: Record<string, number>;
}

/** Word or pair of words, with the class that it speaks for. */
export interface Evidence extends Piece {
  label: string;
  /** Log-odds that it adds to the class, compared with the mean of all classes; three decimals. */
  weight: number;
}

/** House rule that matches the comment. */
export interface MatchedRule extends Piece {
  phrase: string;
  effect: Effect;
  note: string;
  /** Place of the rule in the list, from 1. */
  line: number;
}

/** Verdict with what led to it. */
export interface Explanation extends Verdict {
  sentences: Sentence[];
  /** Words with the greatest weights, greatest first, at most 20. */
  evidence: Evidence[];
  /** Absent without house rules; at most 100. */
  rules?: MatchedRule[];
}

/**
 * A model, ready for scoring. Comments are plain text, at most 1,048,576 UTF-16 units; a longer one is a `RangeError`, what is no
 * string a `TypeError`.
 */
export class Classifier {
  private constructor();

  /** The model that comes with naqd. */
  static shipped(options?: Options): Promise<Classifier>;

  /** A model of one's own: the bytes of the file that naqd-train writes. Rejects with what is wrong with it. */
  static load(model: Uint8Array | ArrayBuffer, options?: Options): Promise<Classifier>;

  /** Names of the classes. */
  get classes(): readonly string[];

  /** Label, probabilities and decision. */
  score(text: string): Verdict;

  /** The same with sentences and words. */
  explain(text: string): Explanation;

  /** The decision alone; `null` if the model has no thresholds and no house rule decides. */
  decide(text: string): Decision | null;
}
