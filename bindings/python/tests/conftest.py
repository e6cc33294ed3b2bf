"""Comments of data/, recombined, and the programs to compare with."""

import csv
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

import naqd

ROOT = Path(__file__).resolve().parents[3]
MARKS = ["😀", " 👍🏽 ", "\n", "!!!", " &amp; ", "<b>", "</b>", "‏", " 12 ", "👨‍👩‍👧 "]


def labelled():
    """Rows of data/comments.csv."""
    with open(ROOT / "data/comments.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def recombined(count):
    """Comments of two halves of others, the same ones each time, with emoji, signs and HTML between them."""
    draw = random.Random(7)
    texts = [row["text"] for row in labelled()]
    made = []
    for _ in range(count):
        first, second = (draw.choice(texts).split() for _ in range(2))
        words = first[: draw.randint(1, len(first))] + [draw.choice(MARKS)] * draw.randint(0, 2)
        made.append(" ".join(words + second[draw.randint(0, len(second) - 1) :]))
    return made


@pytest.fixture(scope="session")
def classifier():
    return naqd.Classifier()


@pytest.fixture(scope="session")
def program():
    """Runs a program: one of the folder NAQD, or else that of the module."""

    def run(name, *arguments, **options):
        folder = os.environ.get("NAQD")
        command = [f"{folder}/naqd-{name}"] if folder else [sys.executable, "-m", "naqd", name]
        return subprocess.run([*command, *map(str, arguments)], capture_output=True, check=False, **options)

    return run


def small(classes=("abusive", "neutral"), count=40):
    """Few comments that are told apart easily."""
    texts, labels, draw = [], [], random.Random(1)
    for _ in range(count):
        # Words of their own, so that the comments are no near-duplicates.
        first, second = (" ".join("".join(draw.choices("aeioubdklmnrst", k=6)) for _ in range(6)) for _ in range(2))
        texts += [f"you fool {first}", f"thanks so useful {second}"]
        labels += classes
    return texts, labels
