"""Fuzzing: each parser of ours on inputs that atheris makes up, guided by the code that they reach.

    python -m tests.fuzz                 all targets, two minutes together (`make fuzz`)
    python -m tests.fuzz feed --seconds 600

`targets.py` names the parsers with the errors that they may raise, `seeds/` holds their first inputs, `engine.py` runs one
target under atheris, `__main__.py` runs several and prints a line for each. `make test` only runs the seeds.
"""
