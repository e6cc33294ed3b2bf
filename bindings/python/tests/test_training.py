"""Training: the same model as naqd-train's, from every form of labelled comments."""

import json
import warnings

import numpy
import pandas
import polars
import pyarrow
import pytest
from conftest import labelled, small

import naqd


def written(trained, path):
    trained.save(path)
    return path.read_bytes()


def test_the_same_model_as_the_program(program, tmp_path):
    texts, labels = small()
    file = tmp_path / "comments.csv"
    pandas.DataFrame({"text": texts, "label": labels}).to_csv(file, index=False)
    expected = tmp_path / "program.naqd"
    done = program("train", file, "--from", "none", "--output", expected, "--json")
    assert done.returncode == 0, done.stderr.decode()
    trained = naqd.train(file, base=None)
    assert written(trained, tmp_path / "python.naqd") == expected.read_bytes()
    figures = json.loads(done.stdout)
    own = trained.to_dict()
    assert {name for name, value in own.items() if figures[name] != value} == set()
    assert trained.figures.macro_f1 == figures["figures"]["macro_f1"]
    scored = program("score", "--model", tmp_path / "python.naqd", "--to", "jsonl", "--text", "what a fool")
    assert json.loads(scored.stdout)["naqd"]["label"] == "abusive"


def test_on_top_of_the_shipped_model(program, tmp_path):
    rows = labelled()[::9]
    file = tmp_path / "comments.csv"
    # Words of their own, so that the shipped model has not learnt them.
    texts = [f"{row['text']} {n} kalimat {n % 7} jadida" for n, row in enumerate(rows)]
    frame = pandas.DataFrame({"text": texts, "label": [row["label"] for row in rows]})
    frame.to_csv(file, index=False)
    expected = tmp_path / "program.naqd"
    assert program("train", file, "--output", expected).returncode == 0
    assert written(naqd.train(file), tmp_path / "python.naqd") == expected.read_bytes()


def test_forms_of_labelled_comments(tmp_path):
    texts, labels = small()
    table = {"comment": texts, "category": labels}
    pandas.DataFrame(table).to_csv(tmp_path / "comments.csv", index=False)
    expected = written(naqd.train(texts, labels), tmp_path / "expected.naqd")
    forms = [
        (tmp_path / "comments.csv",),
        (str(tmp_path / "comments.csv"),),
        ([tmp_path / "comments.csv"],),
        (iter(texts), (label for label in labels)),
        (numpy.array(texts), numpy.array(labels, dtype=object)),
        (pandas.Series(texts), polars.Series(labels)),
        (pandas.DataFrame(table),),
        (polars.DataFrame(table),),
        (pyarrow.table(table),),
        (table,),
    ]
    for form in forms:
        assert written(naqd.train(*form), tmp_path / "found.naqd") == expected, type(form[0])


def test_figures_are_an_object():
    trained = naqd.train(*small(count=300), base=None, promises=naqd.Promises(0.05, 0.2))
    figures = trained.figures
    assert figures.macro_f1 > 0.9 and figures.held_out <= figures.comments <= 600
    assert figures.classes["abusive"].precision > 0.9 and figures.confusion["neutral"]["neutral"] > 0
    assert 0 <= figures.ece < 0.2 and figures.log_loss < 0.3
    [triage] = trained.triage.values()
    assert triage.publish.max_error == 0.05 and triage.reject.max_error == 0.2 and triage.joint_confidence < 0.95
    assert "macro-F1" in str(trained) and "macro_f1" in repr(trained) and "<table>" in trained._repr_html_()
    assert trained.classifier.predict(["what a fool"])[0] == "abusive"
    assert "# Model card" in trained.card() or trained.card().startswith("#")
    page = trained.report(language="ar", name="ours", learning_curve=True)
    assert page.startswith("<!DOCTYPE html>") and 'dir="rtl"' in page and "ours" in page
    with pytest.raises(ValueError, match="language: \"fr\""):
        trained.report(language="fr")
    assert naqd.train(*small(), base=None, promises=None).triage == {}


def test_kinds_weights_and_labels_that_are_renamed(tmp_path):
    texts, labels = small(("bad", "good"))
    kinds = ["insult", ""] * (len(texts) // 2)
    weights = [0.5, 2] * (len(texts) // 2)
    to = {"bad": "abusive", "good": "neutral"}
    frame = pandas.DataFrame({"text": texts, "label": labels, "kinds": kinds, "weight": weights})
    expected = written(naqd.train(frame, map=to), tmp_path / "frame.naqd")
    frame.to_csv(tmp_path / "comments.csv", index=False)
    assert written(naqd.train(tmp_path / "comments.csv", map=to), tmp_path / "file.naqd") == expected
    found = naqd.train(texts, labels, kinds=kinds, weights=weights, map=to)
    assert written(found, tmp_path / "lists.naqd") == expected
    assert written(naqd.train(texts, labels, map=to), tmp_path / "even.naqd") != expected


def test_comments_that_cannot_be_used_are_named():
    texts, labels = small()
    texts[3], texts[4], labels[6], texts[9] = "", None, float("nan"), "#N/A"
    with pytest.warns(UserWarning, match=r"4 comments could not be used and were left out: comments\[3\]: column text: empty"):
        trained = naqd.train(texts, labels, base=None)
    assert [message.split(":")[0] for message in trained.skipped] == ["comments[3]", "comments[4]", "comments[6]", "comments[9]"]
    texts, labels = small()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trained = naqd.train([*texts, texts[0]], [*labels, "neutral"], base=None)
    assert trained.contradictions == ["comments[80]: neutral, but the same text at comments[0]: abusive"]


TEXTS, LABELS = small()


@pytest.mark.parametrize(
    ("arguments", "options", "kind", "message"),
    [
        (([],), {}, TypeError, "labels: missing"),
        (([], []), {}, ValueError, "no comments to learn from"),
        ((TEXTS, LABELS[1:]), {}, ValueError, "labels: not as many as comments"),
        ((TEXTS[1:], LABELS), {}, ValueError, "labels: not as many as comments"),
        ((TEXTS, ["one"] * 80), {}, ValueError, "all comments are of one class, one"),
        ((TEXTS, list(map(str, range(80)))), {}, ValueError, "80 different labels"),
        ((TEXTS[:8], LABELS[:8]), {"base": None}, ValueError, "at least 10 are needed"),
        (("nowhere.csv",), {}, FileNotFoundError, "nowhere.csv"),
        (("nowhere.csv", ["a"]), {}, TypeError, "one str or path"),
        ((pandas.DataFrame({"a": ["b"]}),), {}, ValueError, "comments: no column one of text, .*: name it with text_column"),
        ((pandas.DataFrame({"text": ["b"]}),), {}, ValueError, 'no column one of label, .*: name it with label_column'),
        ((polars.LazyFrame({"text": ["b"]}),), {}, TypeError, r"a LazyFrame, .* collect\(\) it first"),
        ((TEXTS, LABELS), {"base": "nowhere.naqd"}, FileNotFoundError, "nowhere.naqd"),
        ((TEXTS, LABELS), {"base": __file__}, ValueError, "not a model file"),
        ((TEXTS, LABELS), {"seed": -1}, ValueError, "seed: -1"),
        ((TEXTS, LABELS), {"min_count": 1.5}, TypeError, "min_count: float"),
        ((TEXTS, LABELS), {"l2": 0}, ValueError, "l2: 0, expected more than 0"),
        ((TEXTS, LABELS), {"set_aside": 2}, ValueError, "set_aside: 2"),
        ((TEXTS, LABELS), {"base": None, "chosen": True}, ValueError, "chosen comments cannot be learnt from alone"),
        ((TEXTS, LABELS), {"html": "maybe"}, ValueError, "html: 'maybe'"),
        ((TEXTS, LABELS), {"promises": naqd.Promises(confidence=95)}, ValueError, "confidence: 95"),
        ((["\udc00"], ["a"]), {}, UnicodeEncodeError, r"in comments\[0\]"),
        (([1], ["a"]), {}, TypeError, r"comments\[0\]: int, expected a str"),
        ((TEXTS, LABELS), {"weights": [-1] * 80}, ValueError, "no comments to learn from"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_refused(arguments, options, kind, message):
    with pytest.raises(kind, match=message):
        naqd.train(*arguments, **options)


def test_progress_is_told_and_stops():
    steps = []
    naqd.train(*small(), base=None, progress=lambda *step: steps.append(step))
    assert steps and all(isinstance(what, str) and done <= of for what, done, of in steps)

    def stop(*_):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        naqd.train(*small(count=2_000), base=None, progress=stop)


def test_saving_says_why_not(tmp_path):
    with pytest.raises(FileNotFoundError):
        naqd.train(*small(), base=None).save(tmp_path / "no folder" / "mine.naqd")
