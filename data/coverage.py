#!/usr/bin/env python3
"""What comments.csv and test.csv hold, as Markdown tables.

    python3 data/coverage.py            print the tables
    python3 data/coverage.py --write    put them into data/README.md, between the two markers
    python3 data/coverage.py --check    exit with 1 where data/README.md says something else

A word of lexicon.csv or identities.csv counts where it stands as a whole word, with or without the common clitics,
on text without diacritics and tatweel, one alif, ya for alif maqsura, ha for ta marbuta, in lower case.
"""

import csv
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
FIRST, LAST = "<!-- coverage: from here", "<!-- coverage: to here -->"
LABELS = ["abusive", "critical", "neutral"]
VARIETIES = ["msa", "levantine", "egyptian", "gulf", "iraqi", "maghrebi", "arabizi", "english"]
REGISTERS = ["mild", "medium", "strong"]

DROPPED = re.compile("[\u064b-\u065f\u0670\u0640\u200c-\u200f]")
LETTERS = str.maketrans("أإآٱىةکی", "اااايهكي")
EDGES = "\"'.,;:!?()[]{}<>«»“”‘’…،؛؟-–—#"
ARTICLES = ["ال", "لل", "عال", "هال", "يال", "فال", "بال", "كال", "وال", "ولل", "وبال", "وهال", "واليا"]
PREFIXES = [""] + sorted(ARTICLES + ["و", "ف", "ب", "ل", "ك", "ع", "ه", "يا", "ويا", "ول", "وب", "l", "el"], key=len)
SUFFIXES = ["", "ك", "كم", "كن", "كو", "ه", "ها", "هم", "هن", "نا", "ي", "و", "وا", "ا", "ين", "'s", "’s"]


def read(name):
    with open(HERE / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def bare(text):
    """Lower case, without diacritics and tatweel."""
    return DROPPED.sub("", unicodedata.normalize("NFKC", text).lower())


class Finder:
    """Where spellings stand in a text."""

    def __init__(self, lists):
        """`lists`: for each word its spellings."""
        self.words = defaultdict(set)
        for word, spellings in enumerate(lists):
            for spelling in spellings:
                self.words[" ".join(bare(spelling).translate(LETTERS).split())].add(word)
        self.firsts = {phrase.split(" ")[0] for phrase in self.words if " " in phrase}
        self.longest = max(phrase.count(" ") + 1 for phrase in self.words)
        self.known = {}

    def stems(self, token):
        """Where a token stands without clitics: pairs of begin and end."""
        if token not in self.known:
            folded, found = token.translate(LETTERS), []
            for prefix in PREFIXES:
                if not folded.startswith(prefix):
                    continue
                for suffix in SUFFIXES:
                    begin, end = len(prefix), len(folded) - len(suffix)
                    shortest = (3 if prefix else 1) if not suffix else 4
                    if end - begin >= shortest and folded.endswith(suffix) and folded[begin:end] in self.words:
                        found.append((begin, end))
            self.known[token] = found
        return self.known[token]

    def find(self, text):
        """Pairs of a word and the spelling that stands there."""
        text, found = bare(text), set()
        chunks = [chunk for chunk in (chunk.strip(EDGES) for chunk in text.split()) if chunk]
        for tokens in [chunks, re.findall(r"\w+", text)]:
            for i, token in enumerate(tokens):
                for begin, end in self.stems(token):
                    stem = token[begin:end]
                    found.update((word, stem) for word in self.words[stem.translate(LETTERS)])
                for prefix in PREFIXES:
                    first = token.translate(LETTERS)
                    if not first.startswith(prefix) or first[len(prefix):] not in self.firsts:
                        continue
                    for n in range(2, self.longest + 1):
                        phrase = " ".join(tokens[i : i + n])[len(prefix):]
                        if i + n <= len(tokens) and phrase.translate(LETTERS) in self.words:
                            found.update((word, phrase) for word in self.words[phrase.translate(LETTERS)])
        return found


def table(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "| --- |" + " ---: |" * (len(head) - 1)
    for row in rows:
        yield "| " + " | ".join(map(str, row)) + " |"


def percent(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "-"


def by_label(name, key, rows, order):
    """Comments of both files by `key` and label, and how many of them are in test.csv."""
    count = Counter((key(row), row["label"]) for row in rows)
    held = Counter(key(row) for row in rows if row["file"] == "test.csv")
    lines = []
    for value in order:
        parts = [count[value, label] for label in LABELS]
        lines.append([value, *parts, sum(parts), held[value], percent(held[value], sum(parts))])
    parts = [sum(line[i] for line in lines) for i in range(1, 6)]
    lines.append(["**all**", *parts, percent(parts[4], parts[3])])
    return table([name, *LABELS, "all", "in test.csv", ""], lines)


def values(column, rows):
    return [value for value, _ in sorted(Counter(r[column] for r in rows).items(), key=lambda p: (-p[1], p[0]))]


def kinds(rows):
    of = {label: [kind for kind in values("kind", rows) if any(r["kind"] == kind and r["label"] == label for r in rows)]
          for label in LABELS}
    count = Counter((r["kind"], r["label"], r["language"]) for r in rows)
    held = Counter((r["kind"], r["label"]) for r in rows if r["file"] == "test.csv")
    lines = []
    for label in LABELS:
        for kind in of[label]:
            ar, en = count[kind, label, "ar"], count[kind, label, "en"]
            lines.append([f"{label}: {kind}", ar, en, ar + en, held[kind, label], percent(held[kind, label], ar + en)])
    return table(["kind", "ar", "en", "all", "in test.csv", ""], lines)


def lengths(rows):
    bands = [(1, 3), (4, 8), (9, 15), (16, 30), (31, 60), (61, 10**6)]

    def band(row):
        n = len(row["text"].split())
        low, high = next(b for b in bands if n <= b[1])
        return f"{low} words and more" if high > 1000 else f"{low} to {high} words"

    return by_label("length", band, rows, [f"{a} to {b} words" if b < 1000 else f"{a} words and more" for a, b in bands])


def lexicon(rows, words):
    """Coverage of the lexicon by variety and register, and the words with gaps."""
    abusive, innocent, taught = defaultdict(set), Counter(), Counter()
    spelt = defaultdict(set)
    for language in ["ar", "en"]:
        own = [i for i, word in enumerate(words) if word["language"] == language]
        finder = Finder([words[i]["spellings"].split("|") for i in own])
        shared = [{bare(s) for s in words[i]["shared"].split("|") if s} for i in own]
        for row in (row for row in rows if row["language"] == language):
            found = finder.find(row["text"])
            if row["label"] == "abusive":
                for word, spelling in found:
                    if spelling not in shared[word]:
                        abusive[own[word]].add(row["id"])
                        spelt[own[word]].add(spelling)
                taught.update({own[w] for w, s in found if s not in shared[w] and row["file"] == "comments.csv"})
            else:
                innocent.update({own[word] for word, _ in found})
    lines, gaps = [], defaultdict(list)
    for variety in VARIETIES + ["**all**"]:
        for register in REGISTERS if variety in VARIETIES else [""]:
            own = [i for i, word in enumerate(words)
                   if not register or (variety in word["variety"].split("|") and word["register"] == register)]
            twice = sum(len(abusive[i]) >= 2 and len(spelt[i]) >= 2 for i in own)
            free = sum(innocent[i] > 0 for i in own)
            lines.append([variety, register, len(own), twice, percent(twice, len(own)), sum(taught[i] > 0 for i in own),
                          free, percent(free, len(own))])
    for i, word in enumerate(words):
        missing = []
        if len(abusive[i]) < 2:
            missing.append(f"{len(abusive[i])} abusive")
        elif len(spelt[i]) < 2:
            missing.append("one spelling")
        if not innocent[i]:
            missing.append("no innocent")
        if missing:
            gaps[", ".join(missing)].append(word["word"])
    yield from table(["variety", "register", "words", "abusive twice, in two spellings", "", "learnt from", "innocent", ""],
                     lines)
    yield ""
    yield "Words with gaps:" if gaps else "No word has gaps."
    yield ""
    for missing, own in sorted(gaps.items()):
        yield f"- {missing}: {'; '.join(own)}"


def identities(rows, groups):
    """Mentions of groups by label: how many comments, and the share of each label's comments."""
    named = defaultdict(set)
    for language in ["ar", "en"]:
        own = [i for i, group in enumerate(groups) if group["language"] == language]
        finder = Finder([groups[i]["spellings"].split("|") for i in own])
        for n, row in enumerate(rows):
            if row["language"] == language:
                for word, _ in finder.find(row["text"]):
                    named[groups[own[word]]["kind"], groups[own[word]]["group"]].add(n)

    def line(name, of):
        lines = [name]
        for language in ["ar", "en"]:
            count = Counter(rows[n]["label"] for n in of if rows[n]["language"] == language)
            lines += [count[label] for label in LABELS]
        return lines

    order = list(dict.fromkeys((group["kind"], group["group"]) for group in groups))
    lines = [line(f"{kind}: {group}", named[kind, group]) for kind, group in order]
    head = ["mentioned", *[f"{language}: {label}" for language in ["ar", "en"] for label in LABELS]]
    yield from table(head, lines)
    yield ""
    whole = line("all comments", range(len(rows)))
    shares = []
    for kind in [*dict.fromkeys(kind for kind, _ in order), "any"]:
        of = set().union(*(named[k, g] for k, g in order if kind in (k, "any")))
        parts = line(kind, of)
        shares.append([kind, *[percent(a, b) for a, b in zip(parts[1:], whole[1:])]])
    yield from table(["share of the label's comments", *head[1:]], shares)


def report():
    rows = [{**row, "file": name} for name in ["comments.csv", "test.csv"] for row in read(name)]
    yield "### Labels, dialects, kinds\n"
    yield from by_label("language", lambda row: row["language"], rows, ["ar", "en"])
    yield ""
    yield from by_label("dialect", lambda row: row["dialect"], rows, values("dialect", rows))
    yield ""
    yield from kinds(rows)
    yield "\n### Topics and lengths\n"
    topics = Counter(row["topic"] for row in rows)
    for name in ["comments.csv", "test.csv"]:
        own = [topic for topic in values("topic", rows) if any(r["topic"] == topic and r["file"] == name for r in rows)]
        yield f"{len(own)} topics in {name}: " + ", ".join(f"{topic} {topics[topic]}" for topic in own) + ".\n"
    yield from lengths(rows)
    yield "\n### Words of the lexicon\n"
    yield from lexicon(rows, read("lexicon.csv"))
    yield "\n### Who is mentioned\n"
    yield from identities(rows, read("identities.csv"))


def main():
    text = "\n".join(report()) + "\n"
    path = HERE / "README.md"
    if sys.argv[1:] not in ([], ["--write"], ["--check"]):
        sys.exit(__doc__)
    if not sys.argv[1:]:
        sys.stdout.write(text)
        return
    readme = path.read_text(encoding="utf-8")
    before, rest = readme.split(FIRST, 1)
    first, rest = rest.split("\n", 1)
    new = before + FIRST + first + "\n\n" + text + "\n" + LAST + rest.split(LAST, 1)[1]
    if sys.argv[1] == "--write":
        path.write_text(new, encoding="utf-8")
    elif new != readme:
        sys.exit("data/README.md is not what the data says; run: python3 data/coverage.py --write")


if __name__ == "__main__":
    main()
