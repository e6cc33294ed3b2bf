"""Forms of comments, missing ones, and what is refused."""

import subprocess
import sys
import textwrap

import numpy
import pandas
import polars
import pyarrow
import pytest

import naqd

COMMENTS = ["thank you for this", "you idiot 😀", "كاتبه غبي", "", "a\0b"]
FORMS = {
    "list": list,
    "tuple": tuple,
    "iterator": iter,
    "generator": lambda comments: (comment for comment in comments),
    "objects": lambda comments: numpy.array(comments, dtype=object),
    "numpy strings": lambda comments: numpy.array(comments),
    "pandas": pandas.Series,
    "pandas objects": lambda comments: pandas.Series(comments, dtype=object, index=range(9, 14)),
    "pandas string": lambda comments: pandas.Series(comments, dtype="string"),
    "polars": polars.Series,
    "arrow": pyarrow.array,
    "arrow, chunked": lambda comments: pyarrow.chunked_array([comments[:2], comments[2:]]),
    "keys": lambda comments: dict.fromkeys(comments).keys(),
}
MISSING = {
    "None": [None],
    "nan": [float("nan")],
    "numpy": numpy.array([numpy.nan], dtype=object),
    "pandas": pandas.Series(["x", None])[1:],
    "pandas NA": pandas.Series([pandas.NA], dtype="string"),
    "NaT": [pandas.NaT],
    "polars": polars.Series([None], dtype=polars.String),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms(classifier, form):
    make = FORMS[form]
    assert classifier.decide(make(COMMENTS)) == classifier.decide(COMMENTS)
    assert list(classifier.predict(make(COMMENTS))) == list(classifier.predict(COMMENTS))
    assert (classifier.predict_proba(make(COMMENTS)) == classifier.predict_proba(COMMENTS)).all()
    assert classifier.explain(make(COMMENTS)) == classifier.explain(COMMENTS)
    assert list(classifier.score_iter(make(COMMENTS))) == classifier.decide(COMMENTS)


@pytest.mark.parametrize("form", MISSING)
def test_missing_comments(classifier, form):
    comments = MISSING[form]
    for method in (classifier.predict, classifier.predict_proba, classifier.decide, classifier.explain):
        with pytest.raises(ValueError, match=r"comments\[0\]: .*missing value.*missing=\"keep\""):
            method(comments)
    assert list(classifier.predict(comments, missing="keep")) == [None]
    assert numpy.isnan(classifier.predict_proba(comments, missing="keep")).all()
    [verdict] = classifier.decide(comments, missing="keep")
    assert (verdict.label, verdict.decision, verdict.reason) == (None, "hold", "error")
    [explanation] = classifier.explain(comments, missing="keep")
    assert explanation.verdict == verdict and not explanation.evidence
    assert list(classifier.score_iter(comments, missing="keep")) == [verdict]


def test_nothing(classifier):
    assert len(classifier.predict([])) == 0 and classifier.predict_proba([]).shape == (0, 3)
    assert classifier.decide([]) == [] == classifier.explain([]) == list(classifier.score_iter([]))


@pytest.mark.parametrize(
    ("comments", "kind", "message"),
    [
        ("one", TypeError, r"comments: one str, expected several: write \[comment\]"),
        (b"one", TypeError, "comments: one bytes"),
        (7, TypeError, "comments: int, expected a list"),
        (None, TypeError, "comments: NoneType"),
        ({"text": ["a"]}, TypeError, "comments: a dict, expected one column"),
        (pandas.DataFrame({"text": ["a"]}), TypeError, "comments: a DataFrame, expected one column"),
        (polars.DataFrame({"text": ["a"]}), TypeError, "comments: a DataFrame"),
        (numpy.array([["a"]]), ValueError, "2 dimensions, expected 1"),
        (["a", 1], TypeError, r"comments\[1\]: int, expected a str"),
        (["a", b"b"], TypeError, r"comments\[1\]: bytes, expected a str: decode it"),
        ([["a"]], TypeError, r"comments\[0\]: list, expected a str: one column"),
        (["a", "\ud83d"], UnicodeEncodeError, r"surrogates not allowed, in comments\[1\]"),
        (["x" * (17 << 20)], ValueError, r"comments\[0\]: 17825792 bytes in UTF-8, expected at most 16777216"),
    ],
)
def test_refused(classifier, comments, kind, message):
    for method in (classifier.predict, classifier.predict_proba):
        with pytest.raises(kind, match=message):
            method(comments)
    if not isinstance(comments, str):
        for method in (classifier.decide, classifier.explain, lambda of: list(classifier.score_iter(of))):
            with pytest.raises((kind, ValueError) if kind is ValueError else kind):
                method(comments)


def test_long_comments_are_not_explained(classifier):
    long = "a word " * 150_000
    assert classifier.decide(long).decision
    with pytest.raises(ValueError, match=r"comments\[1\]: 1050000 bytes .* decide\(\) and predict\(\)"):
        classifier.explain(["short", long])


def test_settings(classifier, tmp_path):
    for wrong, kind in (({"html": "maybe"}, ValueError), ({"threads": 0}, ValueError), ({"threads": "2"}, TypeError)):
        with pytest.raises(kind, match=next(iter(wrong))):
            naqd.Classifier(**wrong)
    with pytest.raises(FileNotFoundError, match="nowhere.naqd"):
        naqd.Classifier(tmp_path / "nowhere.naqd")
    with pytest.raises(FileNotFoundError, match="nowhere.csv"):
        naqd.Classifier(rules=tmp_path / "nowhere.csv")
    with pytest.raises(IsADirectoryError):
        naqd.Classifier(tmp_path)
    (tmp_path / "not.naqd").write_bytes(b"not a model")
    with pytest.raises(ValueError, match="not.naqd: not a model file"):
        naqd.Classifier(tmp_path / "not.naqd")
    (tmp_path / "rules.csv").write_text("phrase,effect\nx,shout\n")
    with pytest.raises(ValueError, match="rules.csv:2: column effect: \"shout\", expected ignore"):
        naqd.Classifier(rules=tmp_path / "rules.csv")
    with pytest.raises(ValueError, match="missing: 'maybe'"):
        classifier.predict([], missing="maybe")
    with pytest.raises(ValueError, match="batch: 0"):
        classifier.score_iter([], batch=0)
    assert 0 < classifier.thresholds("arabic").publish_below < 1


def test_importing_is_quick_and_brings_no_numpy():
    code = """
        import sys, time
        before = set(sys.modules)
        start = time.process_time()
        import naqd
        took = time.process_time() - start
        naqd.Classifier().decide("you idiot")
        assert "numpy" not in sys.modules, "NumPy is imported when it is needed"
        print(took)
    """
    run = [sys.executable, "-c", textwrap.dedent(code)]
    times = [float(subprocess.run(run, capture_output=True, check=True).stdout) for _ in range(5)]
    assert min(times) < 0.05, times
