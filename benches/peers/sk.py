"""scikit-learn's part: its pipeline to train and to predict, and its features written out for liblinear.

    sk.py train TRAIN.csv MODEL
    sk.py predict MODEL LINES
    sk.py svmlight MODEL (TRAIN.csv | LINES) OUT
"""

import csv
import pickle
import sys

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline

BATCH = 10_000


def read_rows(path):
    csv.field_size_limit(1 << 30)
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["label"] for row in rows]


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def pipeline():
    """Words and word pairs, character 2- to 5-grams inside words, those of at least two comments (as naqd-train)."""
    features = FeatureUnion(
        [
            ("words", TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)),
            ("characters", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True)),
        ]
    )
    return Pipeline([("features", features), ("regression", LogisticRegression(class_weight="balanced", max_iter=1000))])


def write_svmlight(path, matrix, labels):
    """By hand: sklearn's dump_svmlight_file counts columns from 0 or 1 and writes 16 digits, which liblinear reads slowly."""
    with open(path, "w") as file:
        for row, label in enumerate(labels):
            start, end = matrix.indptr[row], matrix.indptr[row + 1]
            pairs = zip(matrix.indices[start:end].tolist(), matrix.data[start:end].tolist())
            file.write(f"{label} {' '.join(f'{column + 1}:{value:.5g}' for column, value in sorted(pairs))}\n")


def main():
    task, *arguments = sys.argv[1:]
    if task == "train":
        source, model = arguments
        texts, labels = read_rows(source)
        with open(model, "wb") as file:
            pickle.dump(pipeline().fit(texts, labels), file, protocol=5)
    elif task == "predict":
        model, source = arguments
        with open(model, "rb") as file:
            fitted = pickle.load(file)
        texts = read_lines(source)
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            probabilities = fitted.predict_proba(batch)
            for row in probabilities:
                best = row.argmax()
                sys.stdout.write(f"{fitted.classes_[best]}\t{row[best]:.4f}\n")
    elif task == "svmlight":
        model, source, out = arguments
        with open(model, "rb") as file:
            fitted = pickle.load(file)
        if source.endswith(".csv"):
            texts, labels = read_rows(source)
            number = {label: index + 1 for index, label in enumerate(sorted(set(labels)))}
            labels = [number[label] for label in labels]
        else:
            texts = read_lines(source)
            labels = [1] * len(texts)
        write_svmlight(out, fitted[0].transform(texts).tocsr(), labels)


if __name__ == "__main__":
    main()
