"""Scores a Spark DataFrame with naqd-score, one long-lived process for each partition.

    scored = score_rows(spark.read.csv("archive/*.csv", header=True, multiLine=True, escape='"'), "naqd-score")
    scored = score_lines(spark.read.text("archive/*.jsonl", lineSep="\n"), "naqd-score", "jsonl")

Spark hands a partition over in Arrow batches of some 10,000 rows. Each batch goes into the process as one piece of CSV
or of lines, and what comes out becomes Arrow batches again: no row is touched in Python by itself. A thread of its own
writes while the partition's own thread reads, since a process whose output nobody reads stops reading its input.

On a cluster, the program and the model must lie at the same path on each worker, or be sent along with
`spark-submit --files naqd-score,mine.naqd`.
"""

import subprocess
import threading

import pyarrow as pa
import pyarrow.csv

# Each process has one thread, as each Spark task has one core.
THREADS = ["--threads", "1"]
# A row that is longer than a block cannot be read back; naqd-score takes rows of at most 16 MiB.
BLOCK = 32 << 20


def through(command, batches, write, read):
    """Runs `command` over `batches`: `write(batches, pipe)` in a thread, while this generator gives what `read(pipe)` gives.

    Exit code 1 of naqd-score is no failure: some rows could not be scored, and each says so itself."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    failed = []

    def feed():
        try:
            write(batches, process.stdin)
        except Exception as error:  # told below, in the thread that Spark listens to
            failed.append(error)
        finally:
            try:
                process.stdin.close()
            except BrokenPipeError:
                pass

    thread = threading.Thread(target=feed, daemon=True)
    thread.start()
    try:
        yield from read(process.stdout)
        if process.wait() not in (0, 1):
            raise RuntimeError(f"{command[0]}: exit code {process.returncode}, see standard error of this worker")
        thread.join()
        if failed:
            raise failed[0]
    finally:
        process.kill()  # only when Spark wants no more rows, or reading failed; else it has ended
        process.wait()


def write_csv(batches, pipe):
    writer = None
    for batch in batches:
        writer = writer or pa.csv.CSVWriter(pipe, batch.schema)
        writer.write_batch(batch)


def read_csv(columns):
    def read(pipe):
        try:
            yield from pa.csv.open_csv(
                pipe,
                read_options=pa.csv.ReadOptions(block_size=BLOCK),
                parse_options=pa.csv.ParseOptions(newlines_in_values=True),
                convert_options=pa.csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string())),
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV file" not in str(error):  # no batch, no header
                raise

    return read


def write_lines(batches, pipe):
    for batch in batches:
        lines = batch.column(0).to_pylist()
        pipe.write(("\n".join(lines) + "\n").encode())


def read_lines(pipe):
    rest = b""
    while block := pipe.read(1 << 20):
        whole, newline, rest = (rest + block).rpartition(b"\n")
        if newline:
            yield pa.RecordBatch.from_arrays([pa.array(whole.split(b"\n"), pa.string())], ["value"])


def score_rows(frame, program, *arguments):
    """Adds naqd-score's columns to a DataFrame whose columns are all strings; null and the empty string are the same."""
    command = [program, *arguments, *THREADS, "--format", "csv", "--to", "csv", "--delimiter", ","]
    # Which columns are added depends on the classes of the model: the program itself says it. One row, for a header
    # alone need not be answered.
    sample = ",".join(f'"{name}"' for name in frame.columns) + "\n" + ",".join(['"."'] * len(frame.columns)) + "\n"
    said = subprocess.run(command, input=sample.encode(), capture_output=True, check=True).stdout
    columns = pa.csv.read_csv(pa.BufferReader(said)).column_names
    schema = ", ".join(f"`{name}` string" for name in columns)
    return frame.mapInArrow(lambda batches: through(command, batches, write_csv, read_csv(columns)), schema)


def score_lines(frame, program, kind, *arguments):
    """Scores a DataFrame of lines (`jsonl`, or `lines` of plain text) into lines of JSON."""
    command = [program, *arguments, *THREADS, "--format", kind, "--to", "jsonl"]
    return frame.mapInArrow(lambda batches: through(command, batches, write_lines, read_lines), "value string")
