"""The command line: python -m naqd."""

import subprocess
import sys

import naqd


def run(*arguments, **options):
    return subprocess.run([sys.executable, "-m", "naqd", *map(str, arguments)], capture_output=True, text=True, check=False, **options)


def test_help_and_versions():
    assert "python -m naqd PROGRAM" in run("--help").stdout
    assert run().returncode == 2 and "score" in run().stderr
    assert run("--version").stdout == f"naqd {naqd.__version__}\n"
    for program in ("score", "train", "report", "audit", "import"):
        assert run(program, "--version").stdout == f"naqd-{program} {naqd.__version__}\n"
        assert f"Usage: naqd-{program}" in run(program, "--help").stdout
    unknown = run("serve")
    assert unknown.returncode == 2 and "no program 'serve', expected one of score" in unknown.stderr


def test_scoring_and_exit_codes(tmp_path):
    file = tmp_path / "inbox.csv"
    file.write_text("text\nyou idiot\n", encoding="utf-8")
    done = run("score", file)
    assert done.returncode == 0 and "you idiot,abusive," in done.stdout
    assert run("score", file, "--fail-on", "abusive").returncode == 3
    assert run("score", "--to", "jsonl", input="you idiot\n").stdout.startswith('{"text":"you idiot","naqd":')
    missing = run("score", tmp_path / "nowhere.csv")
    assert missing.returncode == 2 and missing.stderr.startswith("naqd-score: ")
    assert run("score", "--no-such-option").returncode == 2
    assert "naqd-report: " in run("report", "nowhere.naqd", file).stderr


def test_the_version_is_that_of_the_crate():
    from conftest import ROOT

    line = next(line for line in (ROOT / "Cargo.toml").read_text().splitlines() if line.startswith("version = "))
    assert line == f'version = "{naqd.__version__}"'
