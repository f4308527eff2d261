"""How far long work on an archive is, as values that a terminal can show. Imports nothing heavy: each command loads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final, NamedTuple


class Stage(NamedTuple):
    """What is being done, and how much of it is done. `total` is 0 if nobody can say how much there is."""

    what: str
    done: int = 0
    total: int = 0


StageWatch = Callable[[Stage], None]
"""Called as work goes on; must be quick."""


def ignore_stage(stage: Stage) -> None:
    """Show nothing."""


@contextmanager
def _hidden(path: Path) -> Iterator[StageWatch]:
    yield ignore_stage


SHOW_UPDATE: Final[ContextVar[Callable[[Path], AbstractContextManager[StageWatch]]]] = ContextVar(
    "SHOW_UPDATE", default=_hidden
)
"""Shows how an archive of an earlier version is brought up to date. The command line sets it once.

A context variable, because every command that opens an archive may have to do this work first.
"""
