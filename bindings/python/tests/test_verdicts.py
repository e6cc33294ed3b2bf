"""The same verdicts as those of the program naqd-score, to every digit that it prints."""

import json

import pytest
from conftest import recombined

import naqd


def printed(probability):
    """A probability as naqd-score prints it."""
    return f"{int(probability * 10_000 + 0.5) / 10_000:.4f}"


def same_probabilities(found, expected):
    assert {name: printed(p) for name, p in found.items()} == expected


def same_verdict(found, expected):
    assert found.label == expected.get("label")
    same_probabilities(found.probabilities, expected.get("probabilities", {}))
    same_probabilities(found.kinds, expected.get("kinds", {}))
    assert list(found.named_kinds) == expected.get("named_kinds", [])
    for field in ("decision", "notify", "reason", "rule"):
        assert getattr(found, field) == expected.get(field), field


def same_pieces(comment, found, expected):
    assert len(found) == len(expected)
    for piece, of in zip(found, expected):
        assert [str(piece.start), str(piece.end)] == of["chars"]
        assert piece.text == of["text"] == comment[piece.start : piece.end]


def scored(program, comments, tmp_path, *options):
    """Verdicts of the program; numbers stay the digits that they are."""
    file = tmp_path / "comments.jsonl"
    lines = (json.dumps({"text": comment}, ensure_ascii=False) + "\n" for comment in comments)
    file.write_text("".join(lines), encoding="utf-8")
    done = program("score", file, "--to", "jsonl", *options)
    assert done.returncode == 0, done.stderr.decode()
    out = done.stdout.decode().splitlines()
    return [json.loads(line, parse_float=str, parse_int=str)["naqd"] for line in out]


@pytest.mark.parametrize("html", ["no", "yes"])
def test_fifty_thousand_comments(program, tmp_path, html):
    comments = recombined(50_000 if html == "no" else 5_000)
    classifier = naqd.Classifier(html=html)
    expected = scored(program, comments, tmp_path, f"--html={html}")
    verdicts = classifier.decide(comments)
    assert len(verdicts) == len(expected)
    for found, of in zip(verdicts, expected):
        same_verdict(found, of)
    assert list(classifier.predict(comments)) == [of["label"] for of in expected]
    rows = classifier.predict_proba(comments)
    assert rows.shape == (len(comments), 3) and abs(rows.sum(axis=1) - 1).max() < 1e-5
    names = list(classifier.classes_)
    for row, of in zip(rows, expected):
        same_probabilities(dict(zip(names, row)), of["probabilities"])
    assert list(classifier.score_iter(iter(comments))) == verdicts


def test_explanations_count_characters(program, tmp_path):
    rules = tmp_path / "rules.csv"
    rules.write_text("phrase,effect,note\nمقال*,hold,a note\nthank,critical,\nidiot,ignore,\n", encoding="utf-8")
    comments = [*recombined(3_000), "😀 you idiot 👨‍👩‍👧 يا غبي 😀 مقالك سخيف"]
    classifier = naqd.Classifier(rules=rules, html="no")
    expected = scored(program, comments, tmp_path, "--html=no", "--explain", "--rules", rules)
    met = 0
    for comment, found, of in zip(comments, classifier.explain(comments), expected):
        assert found.text == comment
        same_verdict(found.verdict, of)
        for part in ("sentences", "evidence", "rules"):
            same_pieces(comment, getattr(found, part), of[part])
        assert [f"{piece.weight:.3f}" for piece in found.evidence] == [piece["weight"] for piece in of["evidence"]]
        assert [piece.label for piece in found.evidence] == [piece["label"] for piece in of["evidence"]]
        for sentence, that in zip(found.sentences, of["sentences"]):
            same_probabilities(sentence.probabilities, that["probabilities"])
        assert [(r.phrase, r.effect, r.note) for r in found.rules] == [
            (r["phrase"], r["effect"], r["note"]) for r in of["rules"]
        ]
        met += len(found.rules)
    assert met > 20, "the rules match"
    assert any(of.verdict.rule for of in classifier.explain(comments))


def test_html_leads_back_to_the_original():
    explanation = naqd.Classifier(html="yes").explain("<p>😀 you id<b>iot</b></p>")
    assert any(piece.text == "id<b>iot" for piece in explanation.evidence)
    assert all(explanation.text[piece.start : piece.end] == piece.text for piece in explanation.evidence)


def test_highlighting_is_escaped_and_follows_the_script(classifier):
    text = '<img src=x onerror=alert(1)> " & يا غبي'
    html = classifier.explain(text)._repr_html_()
    assert "<img" not in html and "&lt;img" in html and 'dir="auto"' in html
    assert ">غبي</mark>" in html
    assert "<mark" not in naqd.Classifier().explain("")._repr_html_()


def test_dictionary_has_the_names_of_the_json(classifier):
    found = classifier.explain("you idiot 😀").to_dict()
    assert found["evidence"][0]["chars"] == [4, 9] and found["evidence"][0]["text"] == "idiot"
    assert found["label"] == "abusive" and json.dumps(found)
