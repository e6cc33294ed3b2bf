#!/usr/bin/env python3
"""Which topics test.csv holds.

    python3 data/split.py            show the topics that the search chooses, and how like the rest they are
    python3 data/split.py --write    sort the rows of both files accordingly

A seeded search over sets of whole topics with 15 +- 1 % of the comments, for the one whose languages, dialects, labels
and kinds have most nearly the shares that they have over all comments. Ten starts at random; from each, topics are
added, removed and exchanged as long as that helps.
"""

import csv
import random
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILES = ["comments.csv", "test.csv"]
SEED, STARTS = 15, 10
SHARE, MARGIN = 0.15, 0.01
TRAITS = [("language",), ("dialect",), ("label",), ("kind",), ("language", "label"), ("dialect", "label")]


def read(name):
    with open(HERE / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def traits(row):
    return [tuple([*columns, *(row[column] for column in columns)]) for columns in TRAITS]


class Search:
    def __init__(self, rows):
        self.rows = len(rows)
        self.sizes = Counter(row["topic"] for row in rows)
        self.whole = Counter(trait for row in rows for trait in traits(row))
        self.of = {topic: Counter() for topic in self.sizes}
        for row in rows:
            self.of[row["topic"]].update(traits(row))

    def distance(self, topics):
        """Sum of the differences of all shares; infinite for sets of the wrong size."""
        size = sum(self.sizes[topic] for topic in topics)
        if abs(size / self.rows - SHARE) > MARGIN:
            return float("inf")
        held = sum((self.of[topic] for topic in topics), Counter())
        return sum(abs(held[trait] / size - count / self.rows) for trait, count in self.whole.items())

    def start(self, rng):
        order = sorted(self.sizes)
        while True:
            rng.shuffle(order)
            for n in range(1, len(order)):
                if self.distance(order[:n]) < float("inf"):
                    return frozenset(order[:n])

    def best(self):
        rng, found = random.Random(SEED), []
        for _ in range(STARTS):
            topics = self.start(rng)
            while True:
                out, into = sorted(topics), sorted(set(self.sizes) - topics)
                near = [topics - {a} for a in out] + [topics | {b} for b in into]
                near += [topics - {a} | {b} for a in out for b in into]
                better = min(near, key=lambda t: (self.distance(t), sorted(t)))
                if self.distance(better) >= self.distance(topics):
                    break
                topics = better
            found.append((self.distance(topics), sorted(topics)))
        return min(found)[1]


def main():
    rows = sorted((row for name in FILES for row in read(name)), key=lambda row: row["id"])
    search = Search(rows)
    topics = search.best()
    held = [row for row in rows if row["topic"] in topics]
    print(f"{len(held)} of {len(rows)} comments, {100 * len(held) / len(rows):.1f} %: {', '.join(topics)}")
    for column in ["language", "dialect", "label", "kind"]:
        whole, part = (Counter(row[column] for row in some) for some in [rows, held])
        shares = [f"{v} {100 * part[v] / len(held):.1f} ({100 * n / len(rows):.1f})" for v, n in whole.most_common()]
        print(f"{column}, % in the test (over all): " + ", ".join(shares))
    if sys.argv[1:] == ["--write"]:
        for name, some in zip(FILES, [[row for row in rows if row["topic"] not in topics], held]):
            with open(HERE / name, "w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(some)


if __name__ == "__main__":
    main()
