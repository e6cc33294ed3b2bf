"""How each program is called to train and to predict, and how what it says is read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import inputs

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "target" / "peers"
HERE = Path(__file__).resolve().parent
NAQD_TRAIN, NAQD_SCORE = ROOT / "target/release/naqd-train", ROOT / "target/release/naqd-score"
FASTTEXT = TARGET / "bin/fasttext"
LIBLINEAR_TRAIN, LIBLINEAR_PREDICT = TARGET / "bin/liblinear-train", TARGET / "bin/liblinear-predict"
SCIKIT = [sys.executable, HERE / "sk.py"]
VW = [sys.executable, "-m", "vowpalwabbit"]

# numpy brings a BLAS of its own; it is left to choose for itself.
UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE")


def measure(command, out=os.devnull, accept=(0,), **environment):
    """Runs a command once in a process of its own: {"wall", "user", "sys": seconds, "rss": KiB, "code"}."""
    env = {key: value for key, value in os.environ.items() if key not in UNSET} | environment
    runner = ["python3", "-I", "-S", str(HERE / "measure.py"), str(out), *map(str, command)]
    taken = json.loads(subprocess.run(runner, env=env, check=True, capture_output=True, text=True).stdout)
    if taken["code"] not in accept:
        raise SystemExit(f"exit code {taken['code']}: {' '.join(map(str, command))}")
    return taken


class Trained:
    """One training file in the form that each program reads, and the commands that learn from it."""

    def __init__(self, folder, rows):
        self.folder, self.classes = folder, inputs.class_names(rows)
        weights = inputs.balanced(rows)
        folder.mkdir(parents=True, exist_ok=True)
        inputs.write_csv(folder / "train.csv", rows)
        inputs.write_fasttext(folder / "train.fasttext", rows)
        inputs.write_vw(folder / "train.vw", rows, self.classes, weights)
        inputs.write_vw(folder / "train.vw-words", rows, self.classes, weights, characters=False)
        self.weights = [f"-w{n + 1} {weights[label]:.4f}" for n, label in enumerate(self.classes)]

    def commands(self):
        """Name, command and accepted exit codes, in an order in which each finds what it needs."""
        at = self.folder
        vw = ["--oaa", len(self.classes), "-b", 22, "--ngram", "w2", "--loss_function", "logistic"]
        vw += ["--passes", 10, "--holdout_off", "-k", "--quiet"]
        weights = " ".join(self.weights).split()
        jobs = [
            ("naqd-train, all defaults", [NAQD_TRAIN, at / "train.csv", "--from", "none", "--set-aside", "0", "--output", at / "model.naqd"], (0, 1)),
            ("scikit-learn, one fit", [*SCIKIT, "train", at / "train.csv", at / "model.pickle"], (0,)),
            (
                "fastText, 30 epochs, 2 threads",
                [FASTTEXT, "supervised", "-input", at / "train.fasttext", "-output", at / "model", "-epoch", 30]
                + ["-minn", 2, "-maxn", 5, "-wordNgrams", 2, "-thread", 2],
                (0,),
            ),
            (
                "Vowpal Wabbit, 10 passes, words and pairs only",
                [*VW, "-d", at / "train.vw-words", "-f", at / "model.vw-words", "--cache_file", at / "cache-words", *vw],
                (0,),
            ),
            (
                "Vowpal Wabbit, 10 passes, n-grams written out",
                [*VW, "-d", at / "train.vw", "-f", at / "model.vw", "--cache_file", at / "cache", *vw],
                (0,),
            ),
        ]
        if LIBLINEAR_TRAIN.exists():
            jobs += [
                (
                    "writing liblinear's features (scikit-learn)",
                    [*SCIKIT, "svmlight", at / "model.pickle", at / "train.csv", at / "train.svm"],
                    (0,),
                ),
                (
                    "liblinear, one fit",
                    [LIBLINEAR_TRAIN, "-s", 0, *weights, "-q", at / "train.svm", at / "model.liblinear"],
                    (0,),
                ),
            ]
        return jobs


class Scored:
    """Comments to score, in the form that each program reads, and the commands that score them with a trained model."""

    def __init__(self, trained, lines):
        self.trained, self.lines = trained, lines

    def form(self, kind):
        return self.lines.with_suffix(f".{kind}")

    def making(self):
        """Name and command of each step that writes the comments out for a program."""
        jobs = [
            (kind, [sys.executable, HERE / "inputs.py", kind, self.lines, self.form(kind)])
            for kind in ("fasttext", "vw-words", "vw")
        ]
        if LIBLINEAR_PREDICT.exists():
            jobs.append(("svm", [*SCIKIT, "svmlight", self.trained.folder / "model.pickle", self.lines, self.form("svm")]))
        return jobs

    def commands(self):
        """Name and command; what each says goes to standard output, except liblinear's, which goes to `.said`."""
        at = self.trained.folder
        vw = ["-t", "-p", "/dev/stdout", "--quiet"]
        jobs = [
            ("naqd", [NAQD_SCORE, "--model", at / "model.naqd", "--to", "jsonl", self.lines]),
            ("scikit-learn", [*SCIKIT, "predict", at / "model.pickle", self.lines]),
            ("fastText", [FASTTEXT, "predict", at / "model.bin", self.form("fasttext")]),
            ("Vowpal Wabbit, words and pairs only", [*VW, "-i", at / "model.vw-words", "-d", self.form("vw-words"), *vw]),
            ("Vowpal Wabbit, n-grams written out", [*VW, "-i", at / "model.vw", "-d", self.form("vw"), *vw]),
        ]
        if LIBLINEAR_PREDICT.exists():
            jobs.append(("liblinear", [LIBLINEAR_PREDICT, self.form("svm"), at / "model.liblinear", self.form("said")]))
        return jobs

    def labels(self, name, out):
        """The labels that a program gave, read from its output."""
        classes = self.trained.classes
        if name == "liblinear":
            return [classes[int(line) - 1] for line in self.form("said").read_text().split()]
        said = out.read_text(encoding="utf-8").splitlines()
        if name == "naqd":
            return [json.loads(line)["naqd"]["label"] for line in said]
        if name == "fastText":
            return [line.removeprefix("__label__") for line in said]
        if name == "scikit-learn":
            return [line.split("\t")[0] for line in said]
        return [classes[int(float(line.split()[0])) - 1] for line in said]
