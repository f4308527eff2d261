"""A few of the many kills of `python -m tests.bench.kills`."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.bench.kills import all_work, kill_often


@pytest.mark.parametrize(("name", "kills"), [("save", 2), ("migrate", 2), ("learn", 1)])
def test_a_kill_loses_nothing_and_the_next_command_works(tmp_path: Path, name: str, kills: int) -> None:
    work = all_work()[name]
    kill_often(name, work, tmp_path, kills=kills, chance=random.Random(2016))
    assert work.losses == []
