"""The table in Markdown, and each bar with what was reached."""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path


def say(text):
    print(f"benches: {text}", file=sys.stderr, flush=True)


@dataclass
class Part:
    """What was measured in one language: jobs of bench.py, trained on `corpus`."""

    corpus: object
    trainings: list
    scorings: list
    count: int
    length: float

    def job(self, start):
        return next((job for job in self.scorings + self.trainings if job.name.startswith(start)), None)


def machine(load):
    """The machine in one line, from /proc and /sys."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    caches = {}
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind = (index / "level").read_text().strip(), (index / "type").read_text().strip()
        if kind != "Instruction":
            caches[f"L{level}"] = (index / "size").read_text().strip()
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    sizes = ", ".join(f"{name} {size}" for name, size in caches.items())
    return (
        f"{model.group(1) if model else 'unknown processor'}, {len(os.sched_getaffinity(0))} cores"
        f"{f' ({sizes})' if sizes else ''}, {int(memory.group(1)) / 2**20:.0f} GiB of memory; load {load:.1f} at the start"
    )


def rows(jobs, reference, peer_reference):
    for job in jobs:
        peer = not job.name.startswith(("`LC_ALL", "**naqd", "naqd"))
        base = peer_reference if peer else reference
        if job.name.startswith("**naqd"):
            base = reference
        yield (
            f"| {job.name} | {job.lines:,} | {len(job.taken)} | {job.value('wall'):.2f} | {job.value('cpu'):.2f} "
            f"| {job.value('wall') * 1e6 / job.whole:.2f} | {job.value('rss'):.0f} "
            f"| {job.value('wall') / base.value('wall'):.2f} |"
        )


HEAD = "| {} | comments | runs | wall s | user + sys s | µs a comment | peak MiB | wall, naqd = 1 |\n|---|---|---|---|---|---|---|---|"


def bars(part, start):
    """Each bar: what is asked, its limit, what was reached, whether a higher figure is better."""
    wall = lambda name: part.job(name).value("wall")
    naqd, one, peer = wall("**naqd-score**, shipped"), wall("naqd-score `--threads 1`"), wall("**naqd-score**, model")
    times = 1.0 if part.corpus.language == "Arabic" else 1.3
    words = wall("`LC_ALL")
    most = max(job.value("rss") for job in part.scorings if "naqd-score" in job.name)
    yield f"naqd-score against `wc -w`, {part.corpus.language}", times, naqd / words, False, " x"
    yield "with `--threads 1`", 2 * times, one / words, False, " x"
    yield "CSV to CSV against JSON Lines", 1.3, wall("naqd-score, CSV") / naqd, False, " x"
    yield "`--explain`, comments a second", 100_000, part.count / wall("naqd-score `--explain`"), True, ""
    yield "fastText `predict` against naqd", 40, wall("fastText") / peer, True, " x"
    yield "scikit-learn against naqd", 150, wall("scikit-learn") / peer, True, " x"
    yield "Vowpal Wabbit against naqd, n-grams written out", 10, wall("Vowpal Wabbit, n-grams") / peer, True, " x"
    yield "Peak memory of naqd-score, MiB", 64, most, False, ""
    yield "Start-up to the verdict on one comment, ms", 10, start * 1000, False, ""
    train = wall("naqd-train")
    yield f"naqd-train against one fit of scikit-learn, {part.corpus.name}", 1 / 5, train / wall("scikit-learn, one"), False, " x"
    yield f"naqd-train against fastText, {part.corpus.name}", 1 / 3, train / wall("fastText, 30"), False, " x"


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def table(parts, found, start, runs, load):
    """Everything in Markdown."""
    lines = [f"{machine(load)}. Medians of {runs} runs in turn, fewer where the table says so.", ""]
    for part in parts:
        language, corpus = part.corpus.language, part.corpus
        lines += [
            f"**Scoring {part.count:,} comments, {language}**, {part.length:.0f} bytes each with the line end; the peers and the "
            f"last naqd row learnt from the {len(corpus.rows):,} comments of {corpus.name}. Where fewer comments were scored, "
            "the times are those of the whole file: start-up, measured on one comment, and the rest scaled.",
            "",
            HEAD.format("program"),
            *rows(part.scorings, part.job("**naqd-score**, shipped"), part.job("**naqd-score**, model")),
            "",
            f"**Training on {corpus.name}**, {len(corpus.rows):,} comments, whole process.",
            "",
            HEAD.format("program"),
            *rows(part.trainings, part.job("naqd-train"), part.job("naqd-train")),
            "",
        ]
    names = list(next(iter(found.values())))
    lines += [
        "**Macro-F1** on the same fifth of each corpus, after learning from the same four fifths (classes as they stand in "
        "the file).",
        "",
        f"| corpus | comments | classes | {' | '.join(names)} |",
        f"|---|---|---|{'---|' * len(names)}",
    ]
    for corpus, scores in found.items():
        classes = len({label for _, label in corpus.rows})
        cells = " | ".join(f"{scores[name]:.3f}" for name in names)
        lines.append(f"| {corpus.name} | {len(corpus.rows):,} | {classes} | {cells} |")
    lines += ["", "**Bars**", "", "| what | at most / at least | reached | |", "|---|---|---|---|"]
    for part in parts:
        for what, limit, reached, higher, unit in bars(part, start):
            good = reached >= limit if higher else reached <= limit
            sign = "≥" if higher else "≤"
            name = what if part.corpus.language in what or part.corpus.name in what else f"{what} ({part.corpus.language})"
            lines.append(f"| {name} | {sign} {number(limit)}{unit} | {number(reached)}{unit} | {'pass' if good else '**fail**'} |")
    return "\n".join(lines)


def write(path, text, name="peers"):
    """Puts a table between its two markers in a file."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = path.read_text(encoding="utf-8").split(begin, 1)
    _, after = rest.split(end, 1)
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
