"""What type checkers make of the module: checked by mypy --strict, and never run."""

from typing import Dict, Iterator, List, Optional

import naqd


def triage(comments: List[str]) -> Dict[str, int]:
    """Counts decisions."""
    classifier = naqd.Classifier(rules="rules.csv", threads=2)
    one: naqd.Verdict = classifier.decide(comments[0])
    several: List[naqd.Verdict] = classifier.decide(comments)
    stream: Iterator[naqd.Verdict] = classifier.score_iter(iter(comments), batch=10)
    why: naqd.Explanation = classifier.explain(comments[0])
    label: Optional[str] = why.label or one.label
    places: List[int] = [piece.start for piece in why.evidence if piece.label == label]
    counts: Dict[str, int] = {"places": len(places)}
    for verdict in (*several, *stream):
        decision = verdict.decision or "none"
        counts[decision] = counts.get(decision, 0) + 1
    return counts


def learn(comments: List[str], labels: List[str]) -> float:
    """Learns, saves, and tells a figure."""
    trained = naqd.train(comments, labels, promises=naqd.Promises(max_abusive_published=0.02), seed=1)
    trained.save("mine.naqd")
    bound: Optional[float] = trained.triage["arabic"].publish.threshold
    return trained.figures.macro_f1 + (bound or 0.0)
