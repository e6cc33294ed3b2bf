"""Scores with naqd-score in Spark, one long-lived process for each partition.

    scored = score_rows(spark.read.csv("archive/*.csv", header=True, multiLine=True, escape='"'), "naqd-score")
    scored = score_lines(spark.sparkContext.textFile("archive/*.jsonl"), "naqd-score", "jsonl")

Rows with columns go in Arrow batches of some 10,000: each goes into the process as one piece of CSV, and what comes out
becomes Arrow batches again, so that no row is touched in Python by itself. Lines go through RDD.pipe, which does touch each
but was measured to cost the same. Either way a thread of its own writes while the partition's own thread reads,
since a process whose output nobody reads stops reading its input.

On a cluster, the program and the model must lie at the same path on each worker, or be sent along with
`spark-submit --files naqd-score,mine.naqd`.
"""

import shlex
import subprocess
import threading

import pyarrow as pa
import pyarrow.csv

# Each process has one thread, as each Spark task has one core.
THREADS = ["--threads", "1"]
# A row that is longer than a block cannot be read back; naqd-score takes rows of at most 16 MiB.
BLOCK = 32 << 20


def through(command, columns, batches):
    """Runs `command` over the Arrow `batches` of a partition, CSV in and CSV out, and gives batches of these `columns`.

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
        yield from read(process.stdout, columns)
        if process.wait() not in (0, 1):
            raise RuntimeError(f"{command[0]}: exit code {process.returncode}, see standard error of this worker")
        thread.join()
        if failed:
            raise failed[0]
    finally:
        process.kill()  # only when Spark wants no more rows, or reading failed; else it has ended
        process.wait()


def write(batches, pipe):
    writer = None
    for batch in batches:
        writer = writer or pa.csv.CSVWriter(pipe, batch.schema)
        writer.write_batch(batch)


def read(pipe, columns):
    try:
        yield from pa.csv.open_csv(
            pipe,
            read_options=pa.csv.ReadOptions(block_size=BLOCK),
            parse_options=pa.csv.ParseOptions(newlines_in_values=True),
            convert_options=pa.csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string())),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV file" not in str(error):  # a partition without rows has no header either
            raise


def score_rows(frame, program, *arguments):
    """Adds naqd-score's columns to a DataFrame whose columns are all strings; null and the empty string are the same."""
    command = [program, *arguments, *THREADS, "--format", "csv", "--to", "csv", "--delimiter", ","]
    # Which columns are added depends on the classes of the model: the program itself says it. One row, for a header
    # alone need not be answered.
    sample = ",".join(f'"{name}"' for name in frame.columns) + "\n" + ",".join(['"."'] * len(frame.columns)) + "\n"
    said = subprocess.run(command, input=sample.encode(), capture_output=True, check=True).stdout
    columns = pa.csv.read_csv(pa.BufferReader(said)).column_names
    schema = ", ".join(f"`{name}` string" for name in columns)
    return frame.mapInArrow(lambda batches: through(command, columns, batches), schema)


def score_in_python(frame, text="text", **settings):
    """Adds the columns of naqd.Verdict to a DataFrame by the Python module naqd, without another program: for jobs whose workers
    have the module. `settings` are those of naqd.Classifier. A null has no label and is held."""
    import naqd  # here and on the workers; jobs that use the program need it not

    added = ["label", "decision", "notify", "reason"]
    names = list(naqd.Classifier(**settings).classes_)

    def scored(batches):
        classifier = naqd.Classifier(threads=1, **settings)
        for batch in batches:
            comments = batch.column(batch.schema.get_field_index(text))
            verdicts = classifier.decide(comments, missing="keep")
            columns = [pa.array([getattr(of, field) for of in verdicts], pa.string()) for field in added]
            columns += [pa.array([of.probabilities.get(name) for of in verdicts], pa.float64()) for name in names]
            every = [f"naqd_{name}" for name in (*added, *names)]
            yield pa.RecordBatch.from_arrays([*batch.columns, *columns], names=[*batch.schema.names, *every])

    own = ", ".join(f"`{field.name}` {field.dataType.simpleString()}" for field in frame.schema.fields)
    schema = ", ".join([own, *(f"naqd_{name} string" for name in added), *(f"`naqd_{name}` double" for name in names)])
    return frame.mapInArrow(scored, schema)


def score_lines(lines, program, kind, *arguments):
    """Scores an RDD of lines (`jsonl`, or `lines` of plain text) into lines of JSON."""
    command = [program, *arguments, *THREADS, "--format", kind, "--to", "jsonl"]
    # RDD.pipe takes only 0 for success; 1, some rows could not be scored, is none the less done.
    return lines.pipe(shlex.join(["sh", "-c", '"$0" "$@"; [ $? -le 1 ]', *command]), checkCode=True)
