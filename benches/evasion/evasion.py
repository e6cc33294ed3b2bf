"""Attacks comments that the shipped model has not learnt from, and counts; see benches/README.md. Started by `run`."""

import argparse
import csv
import json
import os
import random
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from statistics import mean

from attacks import WORDS, attacks

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {"test": None, "lhsab": "ar"}
SAMPLE, ATTACKED, BATCH = 600, 2, 5_000
LANGUAGES = {"ar": "Arabic", "en": "English"}
# Words that disguise nobody: mentions, addresses, entities, and the masks of the corpora.
MASKS = re.compile(r"[@&]\S*|https?:\S*|\b(?:RT|USER|URL)\b")


def words(text, language):
    """Where the words of three letters or more are that could be disguised."""
    masks = {place for mask in MASKS.finditer(text) for place in range(*mask.span())}
    return [word.span() for word in WORDS[language].finditer(text) if word.start() not in masks]


def longest(text, language):
    return sorted(words(text, language), key=lambda span: span[0] - span[1])


class Naqd:
    name = "naqd"

    def run(self, texts, *options):
        command = [os.environ["NAQD_SCORE"], "--format", "jsonl", "--to", "jsonl", *options]
        rows = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
        done = subprocess.run(command, input=rows.encode(), stdout=subprocess.PIPE, check=True)
        return [json.loads(row)["naqd"] for row in done.stdout.splitlines()]

    def score(self, texts):
        """Label and probabilities of each text."""
        return [(row["label"], tuple(row["probabilities"].values())) for row in self.run(texts)]

    def weightiest(self, comments):
        """The words of each comment that speak most for abuse, first those that --explain names."""
        for (text, language), row in zip(comments, self.run([text for text, _ in comments], "--explain")):
            spans = longest(text, language)
            named = [tuple(part["chars"]) for part in row["evidence"] if part["label"] == "abusive"]
            rank = lambda span: [start < span[1] and span[0] < end for start, end in named] + [True]
            yield sorted(spans, key=lambda span: rank(span).index(True))[:ATTACKED]


class ScikitLearn:
    name = "scikit-learn"

    def __init__(self):
        sys.path.insert(0, str(ROOT / "benches/peers"))
        import sk

        self.model = sk.pipeline().fit(*sk.read_rows(ROOT / "data/comments.csv"))
        self.classes = list(self.model.classes_)

    def probabilities(self, texts):
        for start in range(0, len(texts), BATCH):
            yield from self.model.predict_proba(texts[start : start + BATCH])

    def score(self, texts):
        return [(self.classes[row.argmax()], tuple(row)) for row in self.probabilities(texts)]

    def weightiest(self, comments):
        """It explains nothing: the words without which abuse is least likely."""
        spans = [words(*comment) for comment in comments]
        without = [text[:start] + text[end:] for (text, _), each in zip(comments, spans) for start, end in each]
        abusive = self.classes.index("abusive")
        left = iter([row[abusive] for row in self.probabilities(without)])
        for each in spans:
            rest = {span: next(left) for span in each}
            yield sorted(each, key=rest.get)[:ATTACKED]


def sample(corpora):
    """The same comments every time: (text, language, is it abusive) of each source."""
    for source, known in SOURCES.items():
        path = ROOT / "data/test.csv" if source == "test" else corpora / f"{source}.csv"
        with open(path, encoding="utf-8", newline="") as file:
            read = csv.DictReader(file)
            rows = [(row["text"].replace("<LF>", "\n"), known or row["language"], row["label"]) for row in read]
        random.Random(source).shuffle(rows)
        for language in LANGUAGES:
            for abusive in (True, False):
                fit = [row for row in rows if row[1] == language and (row[2] == "abusive") == abusive]
                yield from [(text, language, abusive) for text, _, _ in fit if words(text, language)][:SAMPLE]


def measure(model, comments, chosen):
    """For each attack and language: how many found comments it changed, and the share still called abusive; of
    innocent ones the share called so afterwards less the share before; the share of both with the same probabilities.
    And for each language the share called abusive before, of abusive and of innocent comments."""
    before = model.score([text for text, _, _ in comments])
    flagged = [label == "abusive" for label, _ in before]
    unattacked = {
        (language, abusive): mean(flag for flag, row in zip(flagged, comments) if row[1:] == (language, abusive))
        for language in LANGUAGES
        for abusive in (True, False)
    }
    found = [place for place, row in enumerate(comments) if row[2] and flagged[place]]
    spans = dict(zip(found, model.weightiest([comments[place][:2] for place in found])))
    spans |= {place: longest(*row[:2])[:ATTACKED] for place, row in enumerate(comments) if not row[2]}
    jobs, texts = [], []
    for attack in chosen:
        for place, (text, language, _) in enumerate(comments):
            if place in spans and language in attack.languages:
                attacked = attack(text, spans[place], language)
                if attacked != text:
                    jobs.append((attack.name, language, place))
                    texts.append(attacked)
    seen = defaultdict(lambda: ([], [], []))
    for (name, language, place), (label, probabilities) in zip(jobs, model.score(texts), strict=True):
        kept, added, same = seen[name, language]
        if comments[place][2]:
            kept.append(label == "abusive")
        else:
            added.append((label == "abusive") - flagged[place])
        same.append(label == before[place][0] and probabilities == before[place][1])
    return unattacked, {key: (len(each[0]), *(100 * mean(part) for part in each)) for key, each in seen.items()}


def table(head, rows):
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def same(group, share):
    return f"{share:.1f} %" if group == "exact" else ""


def full(models, results, chosen):
    head = ["attack", "group", "language", "comments", *(f"kept, {model.name}" for model in models)]
    head += [*(f"false alarms added, {model.name}" for model in models), "the same, naqd"]
    rows = []
    for attack in chosen:
        for language in attack.languages:
            each = [result[attack.name, language] for _, result in results]
            row = [attack.name, attack.group, LANGUAGES[language], f"{each[0][0]:,}"]
            row += [f"{of[1]:.1f} %" for of in each]
            rows.append([*row, *(f"{of[2]:+.1f}" for of in each), same(attack.group, each[0][3])])
    yield from table(head, rows)


def groups(chosen):
    """Of each group and language, the keys of its attacks."""
    keys = defaultdict(list)
    for attack in chosen:
        for language in attack.languages:
            keys[attack.group, language].append((attack.name, language))
    return keys


def by_group(models, results, chosen):
    head = ["group", "language", *(f"kept, {model.name}: average (lowest)" for model in models)]
    head += [*(f"false alarms added, {model.name}" for model in models), "the same, naqd"]
    rows = []
    for (group, language), keys in groups(chosen).items():
        each = [list(zip(*(result[key] for key in keys))) for _, result in results]
        row = [group, LANGUAGES[language], *(f"{mean(of[1]):.1f} % ({min(of[1]):.1f} %)" for of in each)]
        rows.append([*row, *(f"{mean(of[2]):+.1f}" for of in each), same(group, mean(each[0][3]))])
    yield from table(head, rows)


def unattacked(models, results):
    kinds = ("abusive found", "innocent called abusive")
    head = ["not attacked", *(f"{kind}, {language}" for language in LANGUAGES.values() for kind in kinds)]
    shares = [[f"{100 * share:.1f} %" for share in before.values()] for before, _ in results]
    yield from table(head, [[model.name, *row] for model, row in zip(models, shares)])


def short(models, results, chosen):
    """For README.md: one row a group."""
    head, rows = ["still found after"], defaultdict(list)
    for model, (_, result) in zip(models, results):
        head += [f"{model.name}, {language}" for language in LANGUAGES.values()]
        for (group, _), keys in groups(chosen).items():
            kept = [result[key][1] for key in keys]
            rows[group].append(f"{mean(kept):.0f} % ({min(kept):.0f} %)")
    yield from table(head, [[group, *row] for group, row in rows.items()])


def main():
    parser = argparse.ArgumentParser(prog="benches/evasion/run", description=__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--write", action="store_true", help="put the table into benches/README.md")
    parser.add_argument("--no-peer", action="store_true", help="leave scikit-learn out")
    parser.add_argument("--only", default="", metavar="GROUP_OR_ATTACK", help="only attacks with this in name or group")
    arguments = parser.parse_args()
    if arguments.write and arguments.only:
        parser.error("--write is for all attacks")
    chosen = [attack for attack in attacks() if arguments.only.lower() in f"{attack.group} {attack.name}".lower()]
    if not chosen:
        parser.error(f"no attack has {arguments.only!r} in its name or group")
    comments = list(sample(arguments.corpora))
    models = [Naqd()] if arguments.no_peer else [Naqd(), ScikitLearn()]
    results = [measure(model, comments, chosen) for model in models]
    parts = [unattacked(models, results), by_group(models, results, chosen), full(models, results, chosen)]
    report = "\n\n".join("\n".join(part) for part in parts)
    if not arguments.write:
        print(report)
        return
    path = ROOT / "benches/README.md"
    begin, end = "<!-- evasion: begin -->\n", "<!-- evasion: end -->"
    head, rest = path.read_text(encoding="utf-8").split(begin)
    path.write_text(head + begin + report + "\n" + end + rest.split(end)[1], encoding="utf-8")
    print("\n".join(short(models, results, chosen)))


main()
