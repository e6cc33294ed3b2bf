"""Runs one command and prints what it took, as JSON: wall, user and system seconds, peak resident KiB, exit code.

    python3 -I -S measure.py STDOUT COMMAND [ARGUMENT...]

A process of its own, and one that imports next to nothing, because Linux counts the memory of the parent until the
child has become the program: peak memory never reads below what this file needs, some 10 MiB.
"""

import os
import sys
import time

out, command = sys.argv[1], sys.argv[2:]
actions = [
    (os.POSIX_SPAWN_OPEN, 1, out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
    (os.POSIX_SPAWN_OPEN, 2, out + ".stderr" if out != os.devnull else os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
]
start = time.perf_counter()
pid = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
_, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - start
code = os.waitstatus_to_exitcode(status)
print(f'{{"wall": {wall}, "user": {usage.ru_utime}, "sys": {usage.ru_stime}, "rss": {usage.ru_maxrss}, "code": {code}}}')
