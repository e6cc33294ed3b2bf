"""Comments a second, in one run: the module, naqd-score with one thread, scikit-learn and fastText's Python module.

    python bench.py NAQD_SCORE [COMMENTS]

Comments are those of data/, recombined. All use one thread but for the line that says otherwise; each figure is the best of
three. scikit-learn and fastText learn from data/comments.csv first, which is not counted.
"""

import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Before the libraries that read them are imported.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy
import pandas
import polars

sys.path.insert(0, str(Path(__file__).parent / "tests"))
from conftest import labelled, recombined

import naqd


def best(work):
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main(program, count):
    # Recombined ones are few enough to make quickly, and each is seen once in a row of thousands.
    comments = [" ".join(of.split()) for of in recombined(min(count, 50_000))]
    comments = (comments * (count // len(comments) + 1))[:count]
    one, all_cores = naqd.Classifier(html="no", threads=1), naqd.Classifier(html="no")
    work = {
        "predict, list": lambda: one.predict(comments),
        "predict_proba, list": lambda: one.predict_proba(comments),
        "decide, list": lambda: one.decide(comments),
        "score_iter": lambda: sum(1 for _ in one.score_iter(iter(comments))),
    }
    objects, series, polar = numpy.array(comments, dtype=object), pandas.Series(comments), polars.Series(comments)
    work["predict_proba, NumPy"] = lambda: one.predict_proba(objects)
    work["predict_proba, pandas"] = lambda: one.predict_proba(series)
    work["predict_proba, Polars"] = lambda: one.predict_proba(polar)
    work[f"predict_proba, list, {os.cpu_count()} threads"] = lambda: all_cores.predict_proba(comments)
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.writelines(comment + "\n" for comment in comments)
        file.flush()
        command = [program, "--threads", "1", "--html=no", "--to", "csv", "--output", file.name + ".csv", file.name]
        work["naqd-score, one thread"] = lambda: subprocess.run(command, check=True, capture_output=True)
        work.update(peers(comments))
        times = {name: best(of) for name, of in work.items()}
        os.unlink(file.name + ".csv")
    program_time = times["naqd-score, one thread"]
    print(f"{count:,} comments of {statistics.mean(map(len, comments)):.0f} characters on average\n")
    print("| work | comments a second | naqd-score = 1 |\n|---|---|---|")
    for name, took in times.items():
        print(f"| {name} | {count / took:,.0f} | {program_time / took:.2f} |")


def peers(comments):
    """What others do with the same comments."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    rows = labelled()
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True)
    pipeline = make_pipeline(vectors, LogisticRegression(max_iter=200))
    pipeline.fit([row["text"] for row in rows], [row["label"] for row in rows])
    work = {"scikit-learn, TF-IDF of characters and logistic regression": lambda: pipeline.predict_proba(comments)}
    if importlib.util.find_spec("fasttext"):
        import fasttext

        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            file.writelines(f"__label__{row['label']} {' '.join(row['text'].split())}\n" for row in rows)
            file.flush()
            model = fasttext.train_supervised(file.name, wordNgrams=2, minn=2, maxn=5, thread=1, verbose=0)
        work["fastText's Python module"] = lambda: model.predict(comments, k=3)
    return work


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200_000)
