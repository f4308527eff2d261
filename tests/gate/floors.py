"""The floors file: how many mistakes of each kind a page may have."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from tests.gate.measure import Figures

FLOORS: Final = Path(__file__).parent / "floors.toml"
HEAD: Final = """\
# Mistakes of extraction today, page by page: no page may get more. Written by `python -m tests.gate --update`.
"""


def load_floors(path: Path = FLOORS) -> dict[str, Figures]:
    """The floor of each page; empty if there is no file yet. Raises `KeyError` if the file has no totals."""
    if not path.exists():
        return {}
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    floors = {key: Figures(**row) for key, row in table["pages"].items()}
    if Figures(**table["totals"]) != total(floors):
        raise ValueError(f"{path.name}: the totals are not the sums of the pages; write {total(floors)}")
    return floors


def total(floors: Mapping[str, Figures]) -> Figures:
    """The sum over all pages."""
    return Figures(**{name: sum(asdict(one)[name] for one in floors.values()) for name in asdict(Figures())})


def tighten(floors: Mapping[str, Figures], now: Mapping[str, Figures]) -> dict[str, Figures]:
    """New floors, never above the old ones. A new page gets its figures of today; a deleted page gets none."""
    return {key: own.tightened(floors.get(key, own)) for key, own in now.items()}


def write_floors(floors: Mapping[str, Figures], path: Path = FLOORS) -> None:
    """Write floors and their totals."""
    lines = [HEAD, "[totals]", *(f"{name} = {count}" for name, count in asdict(total(floors)).items()), "", "[pages]"]
    lines += [
        f'"{key}" = {{ {", ".join(f"{name} = {count}" for name, count in asdict(own).items())} }}'
        for key, own in floors.items()
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
