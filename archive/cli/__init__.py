"""The `cuttings` command: arguments in; printed lines and an exit code out.

`main.py` is the table of commands and names the module of each. A command's module holds its options and what it prints;
the work is done in the rooms below (`runs`, `search`, `maintenance`, …). `options.py` holds the options that several
commands share, `exit_codes.py` maps errors to exit codes.

Data goes to standard output, everything else to standard error. An error is one line, `cuttings: …`.
"""

from __future__ import annotations

import atexit
import gc
import os

# Set here, before the first import of a command.

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Threads of numpy's library, of the workers too: the scorer uses one, and to start others takes 0.02 s of each process."""

gc.set_threshold(150_000)
"""Allocations between two collections of garbage. At Python's 700 they take a tenth of the time to start a command: what
imports and tables allocate is no garbage. A cold `clean FILE` makes 70,000; one collection of so many takes 9 ms."""
atexit.register(gc.freeze)  # else the interpreter looks for garbage in all modules before it ends, for 0.04 s
