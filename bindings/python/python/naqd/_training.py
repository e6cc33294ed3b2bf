"""Training: from labelled comments to a model with its figures."""

from __future__ import annotations

import math
import os
import warnings
from typing import Any, Callable, Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple, Union

from ._classifier import Classifier, Path, Thresholds
from ._inputs import column, is_lazy, thread_count
from ._naqd import Training, find_columns
from ._naqd import train as native_train

Labels = Optional[Iterable[Any]]

# Comments that a warning names, at most.
NAMED = 5


class Promises(NamedTuple):
    """Error bounds that the thresholds are chosen to keep: shares of more than 0 and less than 1."""

    max_abusive_published: float = 0.03
    """At most this share of the published comments is abusive."""
    max_innocent_rejected: float = 0.10
    """At most this share of the rejected comments is not abusive."""
    confidence: float = 0.95
    """Confidence of each of the two bounds."""
    abusive_share: Optional[float] = None
    """Share of abusive comments on the site; None: as in the labelled comments."""
    max_abuse_let_through: Optional[float] = None
    """At most this share of all abusive comments is published."""


class ClassFigures(NamedTuple):
    """Metrics of one class against the rest, on held-out comments."""

    precision: float
    recall: float
    f1: float
    support: int
    """Number of comments of the class."""
    roc_auc: Optional[float]


class Figures(NamedTuple):
    """Metrics by cross-validation: every comment was scored by a model that had not learnt from it."""

    comments: int
    """Number of comments learnt from."""
    held_out: int
    """Number of comments that the metrics are of."""
    macro_f1: float
    log_loss: float
    ece: float
    """Expected calibration error."""
    classes: Dict[str, ClassFigures]
    confusion: Dict[str, Dict[str, int]]
    """Number of comments by their label, and by the predicted class."""


class Promise(NamedTuple):
    """Error bound of one kind of decision, and what happened on the comments that it was chosen on."""

    threshold: Optional[float]
    """None if no threshold keeps the bound."""
    max_error: float
    decided: int
    """Number of comments that the threshold decides."""
    wrong: int
    """Number of these that are decided wrongly."""
    inherited: bool
    """True if the threshold is that of the model that it learnt on top of, where the bound holds for its comments."""


class Triage(NamedTuple):
    """Decisions of a model on comments of a script."""

    thresholds: Thresholds
    comments: int
    """Number of comments that the thresholds were chosen on; nothing was learnt from them."""
    publish: Promise
    reject: Promise
    confidence: float
    """Confidence of each bound."""
    joint_confidence: float
    """Confidence with which both hold together."""
    inherited: bool
    """True if the thresholds are those of the model that it learnt on top of."""


class Trained:
    """Trained model with its figures."""

    def __init__(self, training: Training) -> None:
        self._training = training
        self._classifier: Optional[Classifier] = None
        self._validation: Dict[str, Any] = {}
        #: Messages about comments that could not be used and were left out, the first hundred.
        self.skipped: List[str]
        #: Number of comments that could not be used.
        self.skipped_count: int
        #: Messages on how the comments were read.
        self.notes: List[str]
        #: Comments of the same text with labels that exclude each other.
        self.contradictions: List[str]
        self.skipped, self.skipped_count, self.notes, self.contradictions = training.messages()

    @property
    def classifier(self) -> Classifier:
        """Classifier of the model."""
        if self._classifier is None:
            self._classifier = Classifier.from_bytes(self.to_bytes())
        return self._classifier

    def save(self, path: Path) -> None:
        """Writes the model file, which Classifier(path) and the programs open: whole or not at all."""
        self._training.save(os.fspath(path))

    def to_bytes(self) -> bytes:
        """Bytes of the model file."""
        return self._training.model()

    def to_dict(self) -> Dict[str, Any]:
        """All metrics, as `naqd-train --json` prints them."""
        if not self._validation:
            import json

            self._validation = json.loads(self._training.validation())
        return self._validation

    @property
    def figures(self) -> Figures:
        """Metrics on held-out comments."""
        of = self.to_dict()
        fields = ClassFigures._fields
        names = self._training.classes()
        return Figures(
            comments=of["comments"],
            held_out=of["judged"],
            macro_f1=of["figures"]["macro_f1"],
            log_loss=of["verdict"]["log_loss"],
            ece=of["verdict"]["ece"],
            classes={c["class"]: ClassFigures(*(c[field] for field in fields)) for c in of["figures"]["classes"]},
            confusion={row["label"]: dict(zip(names, row["predicted"])) for row in of["figures"]["confusion"]},
        )

    @property
    def triage(self) -> Dict[str, Triage]:
        """Decisions by script: "arabic" and "other", or "all" if one expert has all comments. Empty without promises, or
        if no class is named abusive."""
        of = self.to_dict()
        parts = [(part["script"], part) for part in of.get("experts", [])] or [("all", of)]
        return {script: _triage(part["triage"]) for script, part in parts if part["triage"]}

    def card(self) -> str:
        """Model card, in Markdown."""
        return self._training.card()

    def report(self, *, language: str = "en", name: str = "model", learning_curve: bool = False) -> str:
        """Report on the model as one HTML page, in English (en) or Arabic (ar). The learning curve doubles the time."""
        return self._training.report(name, language, learning_curve)

    def __repr__(self) -> str:
        return f"<naqd.Trained macro_f1={self.figures.macro_f1:.3f} on {self.figures.held_out} held-out comments>"

    def __str__(self) -> str:
        figures = self.figures
        lines = [f"macro-F1 {figures.macro_f1:.3f} on {figures.held_out:,} held-out comments"]
        for name, of in figures.classes.items():
            lines.append(f"{name}: precision {of.precision:.3f}, recall {of.recall:.3f}, F1 {of.f1:.3f}")
        for script, triage in self.triage.items():
            lines.append(_promise("publish", "below", "abusive", script, triage, triage.publish))
            lines.append(_promise("reject", "above", "not abusive", script, triage, triage.reject))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from ._html import trained

        return trained(self)


def _triage(of: Mapping[str, Any]) -> Triage:
    bounds = of["promises"]
    thresholds = Thresholds(*(of["thresholds"].get(field) for field in Thresholds._fields))
    published, rejected = of["published"], of["rejected"]
    return Triage(
        thresholds,
        of["comments"],
        Promise(
            thresholds.publish_below,
            bounds["max_missed_abuse"],
            published["comments"],
            published["wrong"],
            of["inherited"] or of["publish"]["inherited"],
        ),
        Promise(
            thresholds.reject_above,
            bounds["max_wrong_reject"],
            rejected["comments"],
            rejected["wrong"],
            of["inherited"] or of["reject"]["inherited"],
        ),
        bounds["confidence"],
        of["joint_confidence"],
        of["inherited"],
    )


def _promise(action: str, side: str, wrong: str, script: str, triage: Triage, of: Promise) -> str:
    where = "" if script == "all" else f" ({script} script)"
    bound = f"at most {of.max_error:.1%} {wrong} with {triage.confidence:.0%} confidence"
    if of.threshold is None:
        return f"no threshold to {action}{where}: none keeps the bound, {bound}"
    chosen = "thresholds of the model that it learnt on top of" if of.inherited else f"{of.wrong} {wrong}"
    return f"{action} {side} {of.threshold:.4f}{where}: {of.decided:,} of {triage.comments:,}, {chosen}; {bound}"


def train(
    comments: Any,
    labels: Labels = None,
    *,
    kinds: Labels = None,
    weights: Optional[Iterable[float]] = None,
    text_column: Optional[str] = None,
    label_column: Optional[str] = None,
    kinds_column: Optional[str] = None,
    map: Optional[Mapping[str, str]] = None,
    html: str = "auto",
    base: Optional[Path] = "shipped",
    promises: Optional[Promises] = Promises(),
    set_aside: Optional[float] = None,
    chosen: bool = False,
    l2: Optional[float] = None,
    min_count: int = 2,
    max_ngrams: int = 1_000_000,
    prune_to: Optional[int] = None,
    seed: int = 0,
    threads: Optional[int] = None,
    progress: Optional[Callable[[str, int, int], object]] = None,
) -> Trained:
    """Learns a model from labelled comments, as naqd-train does: the same comments and settings give the same model.

    comments: a list or Series of comments, with labels; or a DataFrame of pandas or Polars, or the path of a file (CSV,
        workbook, JSON) or several, whose columns are found by their names.
    labels: abusive, critical, neutral, or 2 to 16 other classes; alternatives are joined by |.
    kinds: kinds of abuse of each comment, joined by |; weights: weight of each comment.
    text_column, label_column, kinds_column: names of the columns, if they are not the usual ones.
    map: labels to rename, {"approved": "critical|neutral"}; comments whose label is renamed to "" are left out.
    base: model to learn on top of: a path, "shipped" (the one that comes with naqd), or None to start from nothing.
    promises: error bounds of automatic decisions; None: no thresholds are chosen.
    set_aside: share of the comments that alone choose the thresholds; None: sized by what can be guaranteed with it.
    chosen: the comments were chosen for what they are, as those held for being doubtful: they teach the weights on top of base and
        nothing else.
    l2, min_count, max_ngrams, prune_to, seed: as the options of naqd-train.
    progress: called with the name of each step, the number of steps done, and of all.

    Comments that cannot be used are left out with a warning. Ctrl-C stops the training.
    """
    files: List[str] = []
    if _is_path(comments):
        files = [os.fspath(comments)]
    elif isinstance(comments, (list, tuple)) and labels is None and comments and all(_is_path(path) for path in comments):
        files = [os.fspath(path) for path in comments]
    if files and (labels is not None or kinds is not None or weights is not None):
        raise TypeError("comments: one str or path, expected a list of comments where labels are given beside it")
    texts: Any = []
    if not files:
        texts, labels, kinds, weights = _columns(
            comments, labels, kinds, weights, (text_column, label_column, kinds_column)
        )
    settings = {
        "base": None if base in (None, "shipped") else os.fspath(base),
        "from_shipped": base == "shipped",
        "text_column": text_column,
        "label_column": label_column,
        "kinds_column": kinds_column,
        "map": list((map or {}).items()),
        "html": _one_of("html", html, ("auto", "yes", "no")),
        "l2": None if l2 is None else _number("l2", l2, 0, math.inf),
        "min_count": _whole("min_count", min_count, 1, 2**32 - 1),
        "max_ngrams": _whole("max_ngrams", max_ngrams, 1, 2**32 - 1),
        "prune_to": None if prune_to is None else _whole("prune_to", prune_to, 1, 2**32 - 1),
        "promises": None if promises is None else tuple(_number(n, getattr(promises, n), 0, 1) for n in BOUNDS),
        "abusive_share": _share(promises, "abusive_share"),
        "max_abuse_let_through": _share(promises, "max_abuse_let_through"),
        "set_aside": 0.0 if set_aside == 0 else None if set_aside is None else _number("set_aside", set_aside, 0, 1),
        "chosen": bool(chosen),
        "seed": _whole("seed", seed, 0, 2**64 - 1),
        "threads": thread_count(threads),
    }
    trained = Trained(native_train(files, texts, labels or [], kinds, weights, settings, progress))
    if trained.skipped_count:
        named = "; ".join(trained.skipped[:NAMED]) + ("; ..." if trained.skipped_count > NAMED else "")
        warnings.warn(f"{trained.skipped_count} comments could not be used and were left out: {named}", stacklevel=2)
    return trained


BOUNDS = ("max_abusive_published", "max_innocent_rejected", "confidence")


def _is_path(value: Any) -> bool:
    return isinstance(value, (str, os.PathLike))


def _columns(
    comments: Any, labels: Labels, kinds: Labels, weights: Labels, names: Tuple[Optional[str], ...]
) -> Tuple[Any, Any, Any, Any]:
    """Comments, labels, kinds and weights: as they are given, or columns of a table."""
    if is_lazy(comments):
        raise TypeError(f"comments: a {type(comments).__name__}, expected a table in memory: collect() it first")
    own = getattr(comments, "columns", None)
    if isinstance(comments, dict):
        own = list(comments)
    if own is not None:
        if labels is not None:
            raise TypeError("labels: given beside a table, expected them as a column of it")
        header = [str(name) for name in getattr(comments, "column_names", own)]
        text, label, kind, weight = find_columns(header, *names)
        labels = _column(comments, label)
        kinds = kinds if kind is None else _column(comments, kind)
        weights = weights if weight is None else _column(comments, weight)
        comments = _column(comments, text)
    elif labels is None:
        raise TypeError("labels: missing, expected one for each comment")
    labels, kinds, weights = (
        None if of is None else column(of, name)
        for of, name in ((labels, "labels"), (kinds, "kinds"), (weights, "weights"))
    )
    return column(comments), labels, kinds, weights


def _column(table: Any, place: int) -> Any:
    if isinstance(table, dict):
        return list(table.values())[place]
    if hasattr(table, "iloc"):
        return table.iloc[:, place]
    if hasattr(table, "to_series"):
        return table.to_series(place)
    return table.column(place)


def _number(name: str, value: Any, above: float, below: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name}: {type(value).__name__}, expected a number")
    if not above < value < below:
        limit = f" and less than {below:g}" if below < math.inf else ""
        raise ValueError(f"{name}: {value}, expected more than {above:g}{limit}")
    return float(value)


def _share(promises: Optional[Promises], name: str) -> Optional[float]:
    value = getattr(promises, name, None)
    return None if value is None else _number(name, value, 0, 1)


def _whole(name: str, value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name}: {type(value).__name__}, expected a whole number")
    number = int(value.__index__())
    if not least <= number <= most:
        raise ValueError(f"{name}: {number}, expected {least} to {most}")
    return number


def _one_of(name: str, value: str, allowed: Tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{name}: {value!r}, expected one of {', '.join(allowed)}")
    return value
