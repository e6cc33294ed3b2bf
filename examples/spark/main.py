"""The command line of the example: scores an archive, checks itself, measures itself. Started by `run`."""

import argparse
import csv
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from pyspark.sql import SparkSession

from naqd_spark import score_in_python, score_lines, score_rows

HERE = Path(__file__).resolve().parent
PROGRAM = os.environ.get("NAQD_SCORE", "naqd-score")
KINDS = {".csv": "csv", ".jsonl": "jsonl", ".txt": "lines"}


def session(master):
    spark = (
        SparkSession.builder.master(master)
        .appName("naqd")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.log.level", "ERROR")
        .config("spark.ui.showConsoleProgress", "false")
        # A line ends with a line feed, as for naqd-score; Hadoop would take a carriage return too.
        .config("spark.hadoop.textinputformat.record.delimiter", "\n")
        # One file, one partition: a CSV file with line breaks inside fields cannot be cut anywhere.
        .config("spark.sql.files.openCostInBytes", str(128 << 20))
        .getOrCreate()
    )
    spark.sparkContext.addPyFile(str(HERE / "naqd_spark.py"))
    return spark


def kind_of(archive):
    kinds = {KINDS.get(path.suffix) for path in parts(archive)}
    if len(kinds) != 1 or None in kinds:
        raise SystemExit(f"{archive}: a folder of .csv, .jsonl or .txt files, all of one kind")
    return kinds.pop()


def parts(archive):
    return sorted(path for path in Path(archive).iterdir() if path.is_file() and path.name[0] not in "._")


def score(spark, archive, out, arguments):
    """Scores a folder of files into a folder of files of the same kind (plain lines become JSON Lines)."""
    kind = kind_of(archive)
    if kind == "csv":
        # What is between two delimiters stays as it is, quotes are doubled inside quotes.
        form = {"header": True, "escape": '"', "emptyValue": "", "ignoreLeadingWhiteSpace": False}
        form["ignoreTrailingWhiteSpace"] = False
        frame = spark.read.csv(str(archive), multiLine=True, **form)
        score_rows(frame, PROGRAM, *arguments).write.csv(str(out), **form)
    else:
        score_lines(spark.sparkContext.textFile(str(archive)), PROGRAM, kind, *arguments).saveAsTextFile(str(out))


def rows_of(paths, kind):
    """All rows of some files in order of their content: the lines, or the fields of CSV, header and all."""
    rows = []
    for path in paths:
        if kind == "csv":
            with open(path, encoding="utf-8", newline="") as file:
                rows += list(csv.reader(file))
        else:
            rows += path.read_bytes().splitlines()
    return sorted(rows)


def plain(_, archive, out, arguments):
    """What the program by itself makes of the archive, file by file."""
    out.mkdir()
    for path in parts(archive):
        to = "csv" if path.suffix == ".csv" else "jsonl"
        with open(out / path.name, "wb") as file:
            code = subprocess.run([PROGRAM, "--to", to, *arguments, path], stdout=file, stderr=subprocess.DEVNULL).returncode
        if code not in (0, 1):  # 1: some rows could not be scored
            raise SystemExit(f"{PROGRAM}: exit code {code}")


def write_archive(folder, kind, texts, files):
    folder.mkdir()
    for part in range(files):
        suffix = {kind: suffix for suffix, kind in KINDS.items()}[kind]
        with open(folder / f"part-{part}{suffix}", "w", encoding="utf-8", newline="") as file:
            some = texts[part::files]
            if kind == "csv":
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(["id", "text"])
                writer.writerows((f"{part}-{row}", text) for row, text in enumerate(some))
            elif kind == "jsonl":
                file.writelines(json.dumps({"id": f"{part}-{row}", "text": text}) + "\n" for row, text in enumerate(some))
            else:
                file.writelines(text.replace("\n", " ") + "\n" for text in some)


def same(folder, scored, expected, kind):
    got = rows_of(scored.glob("part-*"), kind)
    wanted = rows_of(expected.iterdir(), kind)
    if kind == "csv":  # Spark leaves the header out where a partition has no row
        got, wanted = ([row for row in rows if row[0] != "id"] for rows in (got, wanted))
    if got != wanted:
        differing = sum(a != b for a, b in zip(got, wanted)) + abs(len(got) - len(wanted))
        raise SystemExit(f"{folder}: {differing} of {len(wanted)} rows differ from the plain program's")
    return len(wanted)


def check(spark, arguments):
    """The comments of data/comments.csv and some hard ones, in three files of each kind: the same as the plain program?"""
    with open(HERE / "../../data/comments.csv", encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    texts += ["two\nlines, and a \"quote\"", " spaces around ", "\\ \\n \\\"", "", "a\r\nb\rc", "كلام، \"فارغ\"", ",,,"]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for kind in KINDS.values():
            archive, expected = folder / kind, folder / f"{kind}-plain"
            write_archive(archive, kind, texts, 3)
            plain(spark, archive, expected, arguments)
            score(spark, archive, folder / f"{kind}-spark", arguments)
            count = same(archive, folder / f"{kind}-spark", expected, kind)
            print(f"{kind}: {count} rows, the same as the plain program's")


def check_module(spark):
    """The Python module in Spark's workers: the same verdicts as those of the program, to every digit that it prints?"""
    with open(HERE / "../../data/comments.csv", encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    frame = spark.createDataFrame([(number, text) for number, text in enumerate(texts)], "id long, text string")
    rows = {row["id"]: row.asDict() for row in score_in_python(frame.repartition(3), html="no").collect()}
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    command = [PROGRAM, "--format", "jsonl", "--to", "jsonl", "--html=no"]
    said = subprocess.run(command, input=lines.encode(), capture_output=True, check=True).stdout.decode()
    for number, line in enumerate(said.splitlines()):
        of, row = json.loads(line, parse_float=str)["naqd"], rows[number]
        by_class = {name: f"{int(row[f'naqd_{name}'] * 10_000 + 0.5) / 10_000:.4f}" for name in of["probabilities"]}
        fields = [row[f"naqd_{name}"] for name in ("label", "decision", "notify", "reason")]
        if by_class != of["probabilities"] or fields != [of[name] for name in ("label", "decision", "notify", "reason")]:
            raise SystemExit(f"comment {number}: {row}, expected {of}")
    print(f"module: {len(rows)} rows, the same as the plain program's")


def processor_seconds():
    """User and system seconds of this process and all that it started, the ended ones too; Linux only."""
    fields = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            values = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        fields[int(stat.parent.name)] = int(values[1]), sum(map(int, values[11:15]))
    total, family = 0, {os.getpid()}
    for process, (parent, ticks) in sorted(fields.items()):  # parents first, but for numbers that have come round
        if process in family or parent in family:
            family.add(process)
            total += ticks
    return total / os.sysconf("SC_CLK_TCK")


def measure(spark, source, arguments, files=8):
    """Seconds of the plain program and of each way through Spark, for the same files, on the same machine. Medians of three."""
    texts = Path(source).read_text(encoding="utf-8").splitlines()
    print(f"{len(texts):,} comments in {files} files; {spark.sparkContext.master}\n")
    print("| what | wall s | user + sys s | µs of processor a comment | plain = 1 |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for kind in ("csv", "jsonl"):
            archive = folder / kind
            write_archive(archive, kind, texts, files)
            ways = [(f"plain naqd-score, {kind}", plain, arguments), (f"Spark, {kind}", score, arguments)]
            if kind == "jsonl":
                ways.append((f"Spark, {kind}, `--line-buffered`", score, [*arguments, "--line-buffered"]))
            first = None
            for number, (name, way, some) in enumerate(ways):
                walls, processors = [], []
                for run in range(3):
                    start, before = time.perf_counter(), processor_seconds()
                    way(spark, archive, folder / f"{kind}-{number}-{run}", some)
                    walls.append(time.perf_counter() - start)
                    processors.append(processor_seconds() - before)
                wall, processor = median(walls), median(processors)
                first = first or processor
                cost = f"{processor / len(texts) * 1e6:.2f} | {processor / first:.1f}"
                print(f"| {name} | {wall:.2f} | {processor:.2f} | {cost} |", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="examples/spark/run", description="Scores a partitioned archive with Spark.")
    parser.add_argument("archive", nargs="?", type=Path, help="folder of .csv, .jsonl or .txt files")
    parser.add_argument("out", nargs="?", type=Path, help="folder for the scored files; must not exist")
    parser.add_argument("--master", default="local[2]", help="where Spark runs [default: local[2], two workers here]")
    parser.add_argument("--model", type=Path, help="the model [default: the one in the program]")
    parser.add_argument("--check", action="store_true", help="compare Spark's verdicts with the plain program's")
    parser.add_argument("--measure", type=Path, metavar="LINES", help="time plain and Spark on a file of comments")
    options = parser.parse_args()
    if not (options.check or options.measure) and not (options.archive and options.out):
        parser.error("name an archive and where the scored files go, or --check, or --measure")
    arguments = ["--model", str(options.model.resolve())] if options.model else []
    start = time.perf_counter()
    spark = session(options.master)
    print(f"Spark {spark.version} started in {time.perf_counter() - start:.1f} s", file=sys.stderr)
    if options.check:
        check(spark, arguments)
        if importlib.util.find_spec("naqd"):
            check_module(spark)
        else:
            print("module: not installed, not checked")
    if options.measure:
        measure(spark, options.measure, arguments)
    if options.archive:
        score(spark, options.archive, options.out, arguments)
    spark.stop()


if __name__ == "__main__":
    main()
