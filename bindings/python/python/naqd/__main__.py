"""Command line: python -m naqd score|train|report|audit|import ... runs naqd-score and the others, of the same code."""

import signal
import sys
from typing import List

from ._naqd import __version__, run_program

PROGRAMS = {
    "score": "label, explain and decide new comments",
    "train": "learn a model from labelled comments",
    "report": "write a report about a model",
    "audit": "find labels that may be wrong, and comments to label next",
    "import": "make labelled CSV of an export of WordPress, Coral, Disqus or any JSON",
}


def main(arguments: List[str]) -> int:
    """Runs a program; returns its exit code."""
    usage = "usage: python -m naqd PROGRAM ...\n\n" + "".join(
        f"  {name:8}{task}\n" for name, task in PROGRAMS.items()
    ) + "\npython -m naqd PROGRAM --help lists the options.\n"
    if not arguments or arguments[0] in ("-h", "--help"):
        (sys.stdout if arguments else sys.stderr).write(usage)
        return 0 if arguments else 2
    if arguments[0] in ("-V", "--version"):
        print(f"naqd {__version__}")
        return 0
    if arguments[0] not in PROGRAMS:
        sys.stderr.write(f"naqd: no program {arguments[0]!r}, expected one of {', '.join(PROGRAMS)}\n")
        return 2
    # As of a program: Ctrl-C ends it at once.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_program(arguments[0], arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
