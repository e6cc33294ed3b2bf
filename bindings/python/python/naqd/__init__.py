"""naqd (Arabic نقد, criticism) separates criticism from abuse in reader comments, in Arabic and English.

    import naqd

    classifier = naqd.Classifier()                       # the shipped model; or Classifier("mine.naqd")
    classifier.predict(["thank you", "you idiot"])       # array(['neutral', 'abusive'])
    classifier.decide("you idiot").decision              # 'publish', 'hold' or 'reject', with a reason
    classifier.explain("you idiot")                      # the words behind it, highlighted in a notebook

    trained = naqd.train("comments.csv")                 # or lists, or a DataFrame of pandas or Polars
    trained.figures.macro_f1
    trained.save("mine.naqd")
"""

from ._classifier import Classifier, Thresholds
from ._naqd import __version__
from ._training import ClassFigures, Figures, Promise, Promises, Trained, Triage, train
from ._verdict import Evidence, Explanation, RuleMatch, Sentence, Verdict

__all__ = [
    "ClassFigures",
    "Classifier",
    "Evidence",
    "Explanation",
    "Figures",
    "Promise",
    "Promises",
    "RuleMatch",
    "Sentence",
    "Thresholds",
    "Trained",
    "Triage",
    "Verdict",
    "__version__",
    "train",
]
