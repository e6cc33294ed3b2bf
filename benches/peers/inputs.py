"""The files that everything in the benchmark reads, made from labelled CSV files."""

import bisect
import csv
import itertools
import math
import random
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

csv.field_size_limit(1 << 30)

ARABIC = re.compile(r"[\u0600-\u06ff]")
LETTER = re.compile(r"[^\W\d_]")
TOKEN = re.compile(r"\w+|[^\w\s]")

# Average length in bytes of the comments that are scored, by language.
LENGTHS = {"Arabic": 115, "English": 85}


@dataclass(eq=False)
class Corpus:
    """A labelled file: its name, the language of most of its letters, and one (text, label) per comment."""

    name: str
    language: str
    rows: list


def read(path, text_column="text", label_column="label"):
    """Reads a CSV file. Texts become one line each; a label `b|a` becomes `a|b`."""
    rows = []
    with open(path, encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            text = " ".join(row[text_column].split())
            label = "|".join(sorted(part.strip().lower() for part in row[label_column].split("|")))
            if text and label:
                rows.append((text, label))
    letters = "".join(text for text, _ in rows[:2000])
    arabic = len(ARABIC.findall(letters)) > len(LETTER.findall(letters)) / 2
    return Corpus(Path(path).stem, "Arabic" if arabic else "English", rows)


def split(rows, seed=0):
    """Four fifths and one fifth of every class, the same ones every time."""
    order = list(rows)
    random.Random(seed).shuffle(order)
    train, test, seen = [], [], Counter()
    for row in order:
        (test if seen[row[1]] % 5 == 4 else train).append(row)
        seen[row[1]] += 1
    return train, test


def draw(rows, count, length, seed=0):
    """Draws `count` whole comments with replacement, each with a probability proportional to exp(-t * bytes), where t is
    such that their average length is `length` bytes: real comments, short ones more often than they stand in the corpora."""
    texts = [text for text, _ in rows]
    sizes = [len(text.encode()) for text in texts]
    low, high = -0.1, 0.1
    for _ in range(60):
        tilt = (low + high) / 2
        weights = [math.exp(-tilt * (size - length)) if -tilt * (size - length) < 500 else math.exp(500) for size in sizes]
        mean = sum(w * s for w, s in zip(weights, sizes)) / sum(weights)
        low, high = (tilt, high) if mean > length else (low, tilt)
    totals = list(itertools.accumulate(weights))
    generator = random.Random(seed)
    for _ in range(count):
        yield texts[min(bisect.bisect(totals, generator.random() * totals[-1]), len(texts) - 1)]


def tokens(text):
    """What fastText and Vowpal Wabbit get: lower case, words and marks apart, as fastText's guide prepares text."""
    return TOKEN.findall(text.lower())


def class_names(rows):
    return sorted({label for _, label in rows})


def balanced(rows):
    """The weight of a comment of each class that makes all classes weigh the same."""
    counts = Counter(label for _, label in rows)
    return {label: len(rows) / (len(counts) * count) for label, count in counts.items()}


def write_csv(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["text", "label"])
        writer.writerows(rows)


def write_lines(path, texts):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(text + "\n" for text in texts)


def write_fasttext(path, rows):
    """Rows with a label of None are for `predict`."""
    with open(path, "w", encoding="utf-8") as file:
        for text, label in rows:
            words = " ".join(tokens(text))
            file.write(f"__label__{label} {words}\n" if label else f"{words}\n")


def write_vw(path, rows, classes, weights=None, characters=True):
    """Vowpal Wabbit's own format: words in namespace w (it makes the pairs itself with --ngram w2), and the character 2-
    to 5-grams of each word with its boundaries in namespace c, since it makes none."""
    number = {label: index + 1 for index, label in enumerate(classes)}
    with open(path, "w", encoding="utf-8") as file:
        for text, label in rows:
            words = [word.replace(":", ";").replace("|", "!") for word in tokens(text)]
            head = f"{number[label]} {weights[label]:.4f} " if label else ""
            line = f"{head}|w {' '.join(words)}"
            if characters:
                grams = []
                for word in words:
                    padded = f"_{word}_"
                    grams += [padded[i : i + n] for n in range(2, 6) for i in range(len(padded) - n + 1)]
                line += f" |c {' '.join(grams)}"
            file.write(line + "\n")


def macro_f1(truth, said):
    """Mean of the classes' F1."""
    hit, named, real = Counter(), Counter(said), Counter(truth)
    for a, b in zip(truth, said, strict=True):
        hit[a] += a == b
    return sum(2 * hit[c] / (named[c] + real[c]) for c in real) / len(real)


def main():
    """inputs.py (fasttext | vw | vw-words) LINES OUT: writes a scoring file out for a peer, to measure that step."""
    kind, source, out = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        rows = [(line.rstrip("\n"), None) for line in file]
    if kind == "fasttext":
        write_fasttext(out, rows)
    else:
        write_vw(out, rows, [], characters=kind == "vw")


if __name__ == "__main__":
    main()
