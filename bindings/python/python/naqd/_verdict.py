"""Verdicts and explanations: what naqd says of a comment. All are tuples with names, so that they compare and pickle."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Tuple


class Verdict(NamedTuple):
    """Verdict on a comment, with the decision; the fields are those of docs/json.md."""

    label: Optional[str]
    """Name of the class; None where the comment is missing."""
    probabilities: Dict[str, float]
    """Calibrated probability of each class, by its name."""
    kinds: Dict[str, float]
    """Probability of each kind of abuse, where they were computed."""
    named_kinds: Tuple[str, ...]
    """Kinds that the comment is said to be of."""
    decision: Optional[str]
    """publish, hold or reject; None if the model has no thresholds and no house rule decides."""
    notify: Optional[str]
    """threat, editors, threat|editors, or empty."""
    reason: Optional[str]
    """score, unfamiliar, no promise, rule, one word, quotation or error."""
    rule: Optional[str]
    """Phrase of the house rule that decided."""


class Sentence(NamedTuple):
    """Sentence of a comment, scored as if it stood alone: ``comment[start:end] == text``."""

    text: str
    start: int
    end: int
    label: str
    probabilities: Dict[str, float]


class Evidence(NamedTuple):
    """Word or pair of words with the class that it speaks for: ``comment[start:end] == text``."""

    text: str
    start: int
    end: int
    label: str
    weight: float
    """Log-odds that it adds to that class, compared with the mean of all classes."""


class RuleMatch(NamedTuple):
    """House rule that matches a comment: ``comment[start:end] == text``."""

    text: str
    start: int
    end: int
    phrase: str
    effect: str
    note: str
    line: int


class Explanation(NamedTuple):
    """Verdict on a comment with the words that led to it. A notebook shows it highlighted."""

    text: str
    """The comment."""
    verdict: Verdict
    sentences: List[Sentence]
    """Sentences in their order."""
    evidence: List[Evidence]
    """Words and pairs of words with the greatest weights, greatest first, at most 20."""
    rules: List[RuleMatch]
    """House rules that match, at most 100."""

    @property
    def label(self) -> Optional[str]:
        """Name of the class."""
        return self.verdict.label

    def to_dict(self) -> Dict[str, Any]:
        """The explanation as nested dictionaries with the names of docs/json.md; places count characters."""

        def piece(of: Any) -> Dict[str, Any]:
            fields = dict(of._asdict())
            fields["chars"] = [fields.pop("start"), fields.pop("end")]
            return fields

        parts: Dict[str, List[Any]] = {"sentences": self.sentences, "evidence": self.evidence, "rules": self.rules}
        fields: Dict[str, Any] = {"text": self.text, **self.verdict._asdict()}
        fields.update({name: [piece(of) for of in pieces] for name, pieces in parts.items()})
        fields["named_kinds"] = list(self.verdict.named_kinds)
        return fields

    def _repr_html_(self) -> str:
        from ._html import explanation

        return explanation(self)


def explained(fields: Tuple[Any, ...]) -> Explanation:
    """Explanation of the plain tuples that the native part gives."""
    text, verdict, sentences, evidence, rules = fields
    return Explanation(
        text,
        Verdict._make(verdict),
        [Sentence._make(of) for of in sentences],
        [Evidence._make(of) for of in evidence],
        [RuleMatch._make(of) for of in rules],
    )
