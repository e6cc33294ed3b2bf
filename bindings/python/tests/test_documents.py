"""Examples of docs/python.md, and the notebook with its stored output."""

import re
import subprocess
import sys

import nbclient
import nbformat
import pytest
from conftest import ROOT

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs/python.md").read_text(encoding="utf-8"), re.DOTALL)
NOTEBOOK = ROOT / "examples/notebook/from_archive_to_decisions.ipynb"


@pytest.mark.parametrize("place", range(len(BLOCKS)))
def test_examples(place, tmp_path):
    (tmp_path / "data").symlink_to(ROOT / "data")
    run = [sys.executable, "-W", "error::UserWarning", "-c", BLOCKS[place]]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for line in BLOCKS[place].splitlines():
        if line.startswith("print(classifier.predict(comments))"):
            assert done.stdout.startswith(line.split("# ")[1])


def outputs(notebook):
    """Texts and HTML that the cells gave."""
    shown = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            shown.append(output.get("text") or dict(output["data"]))
    return shown


def test_the_notebook_gives_the_output_that_it_holds():
    stored = nbformat.read(NOTEBOOK, as_version=4)
    assert len(stored.cells) == 20
    fresh = nbformat.read(NOTEBOOK, as_version=4)
    place = {"metadata": {"path": str(NOTEBOOK.parent)}}
    nbclient.NotebookClient(fresh, timeout=600, kernel_name="python3", resources=place).execute()
    assert outputs(fresh) == outputs(stored)
