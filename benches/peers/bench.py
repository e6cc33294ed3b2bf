"""Measures everything in turn and prints one table; see benches/README.md. Started by `run`."""

import argparse
import os
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import inputs
import report
from programs import NAQD_SCORE, ROOT, TARGET, Scored, Trained, measure

MILLION = 1_000_000
# Slow peers score the first comments of the file only; the share of each is stated in the table.
SHARES = {"fastText": 0.2, "scikit-learn": 0.05}
OTHERS = 0.1


@dataclass
class Job:
    """One row of the table: a command over `lines` comments. `start` is the same command over one comment: what is
    above it grows with the comments, so that a part of the file tells of the whole."""

    name: str
    command: list
    lines: int
    whole: int
    start: list = None
    accept: tuple = (0,)
    environment: dict = field(default_factory=dict)
    runs: int = 5
    taken: list = field(default_factory=list)
    started: list = field(default_factory=list)

    def run(self):
        self.taken.append(measure(self.command, accept=self.accept, **self.environment))
        if self.start:
            self.started.append(measure(self.start, accept=self.accept, **self.environment))

    def value(self, key):
        """The median of a time in seconds over the whole file, or of peak memory in MiB."""
        if key == "rss":
            return median(taken["rss"] for taken in self.taken) / 1024
        parts = ("user", "sys") if key == "cpu" else (key,)
        seconds = median(sum(taken[part] for part in parts) for taken in self.taken)
        if not self.start:
            return seconds
        start = median(sum(taken[part] for part in parts) for taken in self.started)
        return start + max(seconds - start, 0) * (self.whole - 1) / (self.lines - 1)


def run_in_turn(jobs):
    """Every job once, then every job again: what else the machine does falls on all of them alike."""
    for turn in range(max(job.runs for job in jobs)):
        for job in jobs:
            if turn < job.runs:
                report.say(f"run {turn + 1}: {job.name}")
                job.run()


def training(corpus, runs, most_runs):
    """Trains every program on the whole corpus, and leaves the models for scoring."""
    trained = Trained(TARGET / "inputs" / corpus.language, corpus.rows)
    jobs = []
    for name, command, accept in trained.commands():
        slow = not name.startswith("naqd") and len(corpus.rows) > 2000
        jobs.append(Job(name, command, len(corpus.rows), len(corpus.rows), accept=accept, runs=most_runs if slow else runs))
    run_in_turn(jobs)
    return trained, jobs


def head(source, target, count):
    with open(source, encoding="utf-8") as lines, open(target, "w", encoding="utf-8") as out:
        for _, line in zip(range(count), lines):
            out.write(line)
    return target


def scoring(language, corpora, trained, count, runs):
    """Scores `count` comments with naqd and `wc`, and a share of them with each peer."""
    folder = TARGET / "inputs" / language
    lines, table = folder / "comments.txt", folder / "comments.csv"
    report.say(f"{count} comments: {language}")
    rows = [row for corpus in corpora for row in corpus.rows]
    texts = list(inputs.draw(rows, count, inputs.LENGTHS[language]))
    inputs.write_lines(lines, texts)
    inputs.write_csv(table, ((text, "") for text in texts))
    del texts

    def whole(name, command, **more):
        return Job(name, command, count, count, runs=runs, **more)

    jobs = [
        whole("`LC_ALL=C.UTF-8 wc -w`", ["wc", "-w", lines], environment={"LC_ALL": "C.UTF-8"}),
        whole("**naqd-score**, shipped model", [NAQD_SCORE, "--to", "jsonl", lines]),
        whole("naqd-score `--threads 1`", [NAQD_SCORE, "--threads", "1", "--to", "jsonl", lines]),
        whole("naqd-score, CSV to CSV", [NAQD_SCORE, "--to", "csv", table]),
        whole("naqd-score `--explain`", [NAQD_SCORE, "--explain", "--to", "jsonl", lines]),
    ]
    one = Scored(trained, head(lines, folder / "one.txt", 1))
    for _, command in one.making():
        measure(command)
    starts = dict(one.commands())
    makings = dict(one.making())
    made = {}
    for name, _ in one.commands():
        share = int(count * (1 if name == "naqd" else SHARES.get(name, OTHERS)))
        scored = Scored(trained, head(lines, folder / f"first-{share}.txt", share))
        for kind, command in scored.making():
            wanted = {"fastText": "fasttext", "liblinear": "svm", "Vowpal Wabbit, words and pairs only": "vw-words"}
            if wanted.get(name, "vw") == kind and name not in ("naqd", "scikit-learn"):
                made[name] = Job(f"making the input of {name}", command, share, count, makings[kind], runs=min(runs, 3))
                made[name].run()
        command = dict(scored.commands())[name]
        if name == "naqd":
            jobs.append(whole("**naqd-score**, model of the peers' rows", command))
        else:
            jobs.append(Job(name, command, share, count, starts[name], runs=runs))
            jobs += [made[name]] if name in made else []
    for job in jobs:
        job.runs -= len(job.taken)
    run_in_turn(jobs)
    return jobs, lines.stat().st_size / count


def start_up(runs=21):
    """Wall seconds of one comment on the command line, process and all."""
    comment = "Where is your source? Whoever wrote this is an idiot."
    return median(measure([NAQD_SCORE, "--to", "jsonl", "--text", comment])["wall"] for _ in range(runs))


def accuracy(corpora):
    """Macro-F1 of every program on the same fifth of each corpus, having learnt from the same four fifths."""
    found = {}
    for corpus in corpora:
        train, test = inputs.split(corpus.rows)
        folder = TARGET / "inputs" / "split"
        trained = Trained(folder, train)
        for name, command, accept in trained.commands():
            report.say(f"{corpus.name}: {name}")
            measure(command, accept=accept)
        lines = folder / "test.txt"
        inputs.write_lines(lines, (text for text, _ in test))
        scored, out = Scored(trained, lines), folder / "said.txt"
        for _, command in scored.making():
            measure(command)
        found[corpus] = {}
        for name, command in scored.commands():
            measure(command, out)
            found[corpus][name] = inputs.macro_f1([label for _, label in test], scored.labels(name, out))
    return found


def main():
    parser = argparse.ArgumentParser(prog="benches/peers/run", description="naqd against its peers.")
    parser.add_argument("csv", nargs="+", type=Path, metavar="CSV", help="labelled comments: columns text,label")
    parser.add_argument("--quick", action="store_true", help="files a tenth as long, three runs, macro-F1 of two corpora")
    parser.add_argument("--runs", type=int, help="runs of each row [default: 5; 3 with --quick]")
    parser.add_argument("--count", type=int, help="comments to score [default: 1,000,000; 100,000 with --quick]")
    parser.add_argument("--write", action="store_true", help="put the table into benches/README.md")
    options = parser.parse_args()
    runs = options.runs or (3 if options.quick else 5)
    count = options.count or (MILLION // 10 if options.quick else MILLION)

    corpora = [inputs.read(path) for path in options.csv]
    load = os.getloadavg()[0]
    largest = {}
    for corpus in sorted(corpora, key=lambda corpus: len(corpus.rows)):
        largest[corpus.language] = corpus
    parts = []
    for language, corpus in sorted(largest.items()):
        trained, trainings = training(corpus, runs, min(runs, 3))
        scorings, length = scoring(language, [c for c in corpora if c.language == language], trained, count, runs)
        parts.append(report.Part(corpus, trainings, scorings, count, length))
    found = accuracy(largest.values() if options.quick else corpora)
    text = report.table(parts, found, start_up(), runs, load)
    print(text)
    if options.write:
        report.write(ROOT / "benches" / "README.md", text)


if __name__ == "__main__":
    main()
