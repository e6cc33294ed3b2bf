"""Estimator for scikit-learn: pipelines, grid search, cross-validation. It needs scikit-learn, which naqd does not install.

    from naqd.sklearn import NaqdClassifier
    cross_val_score(NaqdClassifier(), comments, labels, scoring="f1_macro")
"""

from __future__ import annotations

from typing import Any, Optional

import numpy
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from ._classifier import Classifier, Path
from ._inputs import column
from ._training import train


class NaqdClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Classifier of comments: X is one column of str, y their classes, 2 to 16 of any kind, each with ten comments at least.

    It learns from all comments and chooses no thresholds; naqd.train does. The parameters are those of naqd.train.

    Attributes: classes_, the classes in the order of the columns of predict_proba, and classifier_, a naqd.Classifier whose
    classes have the same order and are named like them.
    """

    def __init__(
        self,
        *,
        base: Optional[Path] = "shipped",
        html: str = "auto",
        l2: Optional[float] = None,
        min_count: int = 2,
        max_ngrams: int = 1_000_000,
        prune_to: Optional[int] = None,
        seed: int = 0,
        threads: Optional[int] = None,
    ) -> None:
        self.base = base
        self.html = html
        self.l2 = l2
        self.min_count = min_count
        self.max_ngrams = max_ngrams
        self.prune_to = prune_to
        self.seed = seed
        self.threads = threads

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "NaqdClassifier":
        """Learns from comments and their classes."""
        if y is None:
            raise ValueError("requires y to be passed, but the target y is None")
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        classes, places = numpy.unique(y, return_inverse=True)
        names = _names(classes)
        weights = None if sample_weight is None else [float(weight) for weight in numpy.asarray(sample_weight)]
        if weights is not None and not any(weights):
            raise ValueError("sample_weight: all weights are zero, expected a positive one at least")
        trained = train(
            list(column(X, "X")),
            [names[place] for place in places],
            weights=weights,
            base=self.base,
            html=self.html,
            promises=None,
            set_aside=0,
            l2=self.l2,
            min_count=self.min_count,
            max_ngrams=self.max_ngrams,
            prune_to=self.prune_to,
            seed=self.seed,
            threads=self.threads,
        )
        self.classifier_ = Classifier.from_bytes(trained.to_bytes(), html=self.html, threads=self.threads)
        own = list(self.classifier_.classes_)
        if sorted(own) != sorted(names):
            raise ValueError(f"y: naqd reads the classes {list(classes)} as {own}: name them so that they differ in more")
        # Place in the model of each of classes_, and the other way round.
        self._order = numpy.array([own.index(name) for name in names])
        self._places = numpy.argsort(self._order)
        self.classes_ = classes
        return self

    def predict(self, X: Any) -> Any:
        """Class of each comment."""
        check_is_fitted(self)
        labels = numpy.frombuffer(self.classifier_._engine.labels(column(X, "X"), False), dtype=numpy.uint8)
        return self.classes_[self._places[labels]]

    def predict_proba(self, X: Any) -> Any:
        """Probability of each class, in the order of classes_."""
        check_is_fitted(self)
        return self.classifier_.predict_proba(column(X, "X"))[:, self._order]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        return tags


def _names(classes: Any) -> Any:
    """Names of the classes in the model: their own if they are words, which naqd keeps in lower case, or else numbers."""
    names = [str(name) for name in classes]
    if classes.dtype.kind in "OUS" and all(name == name.strip().lower() and "|" not in name for name in names):
        return names
    return [f"class {place}" for place in range(len(names))]
