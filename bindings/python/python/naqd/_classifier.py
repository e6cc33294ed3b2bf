"""The classifier."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Iterable, Iterator, List, NamedTuple, Optional, Tuple, Union, overload

from ._inputs import column, keep, thread_count
from ._naqd import Engine, __version__
from ._verdict import Explanation, Verdict, explained

if TYPE_CHECKING:
    import numpy
    import numpy.typing

Path = Union[str, "os.PathLike[str]"]


class Thresholds(NamedTuple):
    """Thresholds of decisions: probabilities from 0 to 1, None where nothing is decided so."""

    publish_below: Optional[float]
    """Comments whose probability of abuse is below it are published."""
    reject_above: Optional[float]
    """Comments whose probability of abuse is above it are rejected."""
    notify_above: Optional[float]
    """Editors are told of comments whose probability of criticism is above it."""


class Classifier:
    """Classifier of comments. Threads may share it, processes may be forked with it, and it may be pickled.

    path: model file; None: the model that comes with naqd.
    rules: CSV file of house rules, phrases that overrule the model (docs/rules.md).
    html: how comments are read: "yes" as HTML, "no" as plain text, "auto" as both where that makes a difference; the worse
        counts then.
    threads: number of threads; None: all cores.

    Comments are a list, a NumPy array, a Series of pandas or Polars, or any other iterable of str. A value that is missing
    (None, NaN) is an error, or with missing="keep" has no verdict: no label, NaN, and the decision to hold it.
    """

    def __init__(
        self,
        path: Optional[Path] = None,
        *,
        rules: Optional[Path] = None,
        html: str = "auto",
        threads: Optional[int] = None,
    ) -> None:
        self._settings = (None if rules is None else os.fspath(rules), html, threads)
        self._load(None if path is None else os.fspath(path), None)

    def _load(self, path: Optional[str], model: Optional[bytes]) -> None:
        rules, html, threads = self._settings
        self._engine = Engine(path, model, rules, html, thread_count(threads))

    @classmethod
    def from_bytes(
        cls, model: bytes, *, rules: Optional[Path] = None, html: str = "auto", threads: Optional[int] = None
    ) -> "Classifier":
        """Classifier of the bytes of a model file."""
        classifier = cls.__new__(cls)
        classifier._settings = (None if rules is None else os.fspath(rules), html, threads)
        classifier._load(None, model)
        return classifier

    def __repr__(self) -> str:
        return f"<naqd.Classifier of {', '.join(self._engine.classes())}>"

    def __getstate__(self) -> Tuple[Any, ...]:
        # The shipped model is not copied: the other process has it.
        return (__version__, self._engine.model(), self._settings)

    def __setstate__(self, state: Tuple[Any, ...]) -> None:
        version, model, self._settings = state
        if model is None and version != __version__:
            raise ValueError(
                f"pickled with the model of naqd {version}, and this is naqd {__version__}: make the classifier anew"
            )
        self._load(None, model)

    @property
    def classes_(self) -> "numpy.typing.NDArray[numpy.object_]":
        """Names of the classes, in the order of the columns of predict_proba."""
        import numpy

        return numpy.array(self._engine.classes(), dtype=object)

    def thresholds(self, script: str = "arabic") -> Optional[Thresholds]:
        """Thresholds for comments in Arabic script, or in "other" scripts; None if the model has none."""
        if script not in ("arabic", "other"):
            raise ValueError(f"script: {script!r}, expected 'arabic' or 'other'")
        found = self._engine.thresholds(script == "arabic")
        return None if found is None else Thresholds._make(found)

    def predict(
        self, comments: Iterable[Optional[str]], *, missing: str = "raise"
    ) -> "numpy.typing.NDArray[numpy.object_]":
        """Label of each comment."""
        import numpy

        labels = self._engine.labels(column(comments), keep(missing))
        # The place of a missing label is 255; there are at most 16 classes.
        names = numpy.full(256, None, dtype=object)
        names[: len(self._engine.classes())] = self._engine.classes()
        found: "numpy.typing.NDArray[numpy.object_]" = names[numpy.frombuffer(labels, dtype=numpy.uint8)]
        return found

    def predict_proba(
        self, comments: Iterable[Optional[str]], *, missing: str = "raise"
    ) -> "numpy.typing.NDArray[numpy.float64]":
        """Calibrated probability of each class: a row for each comment, a column for each of classes_."""
        import numpy

        found = self._engine.probabilities(column(comments), keep(missing))
        return numpy.frombuffer(found, dtype=numpy.float64).reshape(-1, len(self._engine.classes()))

    @overload  # a str is an iterable of str as well, and is taken for one comment
    def decide(  # type: ignore[overload-overlap]
        self, comments: str, *, missing: str = "raise"
    ) -> Verdict: ...

    @overload
    def decide(self, comments: Iterable[Optional[str]], *, missing: str = "raise") -> List[Verdict]: ...

    def decide(
        self, comments: Union[str, Iterable[Optional[str]]], *, missing: str = "raise"
    ) -> Union[Verdict, List[Verdict]]:
        """Verdict on a comment, or on each of several: label, probabilities, decision and reason."""
        if isinstance(comments, str):
            return Verdict._make(self._engine.decide([comments], False)[0])
        return list(map(Verdict._make, self._engine.decide(column(comments), keep(missing))))

    @overload
    def explain(  # type: ignore[overload-overlap]
        self, comments: str, *, missing: str = "raise"
    ) -> Explanation: ...

    @overload
    def explain(self, comments: Iterable[Optional[str]], *, missing: str = "raise") -> List[Explanation]: ...

    def explain(
        self, comments: Union[str, Iterable[Optional[str]]], *, missing: str = "raise"
    ) -> Union[Explanation, List[Explanation]]:
        """Explanation of a comment, or of each of several: the verdict, and the sentences and words behind it.

        Places count characters as Python does. Comments of more than 1 MiB are refused.
        """
        if isinstance(comments, str):
            return explained(self._engine.explain([comments], False)[0])
        return list(map(explained, self._engine.explain(column(comments), keep(missing))))

    def score_iter(
        self, comments: Iterable[Optional[str]], *, missing: str = "raise", batch: int = 1024
    ) -> Iterator[Verdict]:
        """Verdicts on the comments of an iterator of any length, in its order and in bounded memory.

        A batch is read before its first verdict is given: batch=1 for comments that come one by one.
        """
        if batch < 1:
            raise ValueError(f"batch: {batch}, expected 1 or more")
        return map(Verdict._make, self._engine.stream(column(comments), keep(missing), batch))
