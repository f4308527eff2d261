"""The `cuttings` command: arguments in; printed lines and an exit code out.

`main.py` is the table of commands and names the module of each. A command's module holds its options and what it prints;
the work is done in the rooms below (`runs`, `search`, `maintenance`, …). `options.py` holds the options that several
commands share, `exit_codes.py` maps errors to exit codes.

Data goes to standard output, everything else to standard error. An error is one line, `cuttings: …`.
"""
