// Compiled, not run: the types that the package comes with.
import { Classifier, type Decision, type Explanation, type Rule } from "naqd";

const rules: Rule[] = [{ phrase: "town hall", effect: "hold" }];
const classifier: Classifier = await Classifier.shipped({ rules });
const own = await Classifier.load(new Uint8Array(8));
const abusive: number | undefined = classifier.score("x").probabilities.abusive;
const explanation: Explanation = own.explain("x");
const decision: Decision | null = own.decide("x");
console.log(abusive, explanation.evidence.map(piece => "x".slice(...piece.utf16)), decision?.decision, own.classes.length);
// @ts-expect-error: there is no such effect.
const wrong: Rule = { phrase: "x", effect: "delete" };
// @ts-expect-error: a comment is a string.
classifier.score(5);
// @ts-expect-error: classifiers are loaded.
new Classifier();
export { wrong };
