"""The law of imports: rooms stand on floors, imports point down, and no two files import each other in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.support import ROOT

FLOORS: Final[tuple[tuple[str, ...], ...]] = (
    ("scraper.text",),
    ("scraper",),
    ("scraper.urls", "archive", "archive.schema", "archive.newsroom"),
    ("scraper.html", "scraper.fetch"),
    ("scraper.metadata", "scraper.rules", "scraper.sources", "scraper.discovery", "scraper.captures"),
    ("scraper.blocks", "archive.store"),
    ("scraper.scoring", "archive.monitoring", "archive.search", "archive.maintenance"),
    ("scraper.extraction",),
    ("scraper.crawl", "archive.ledger"),
    ("archive.output", "scraper.batch"),
    ("archive.formats",),
    ("archive.runs", "archive.learning", "archive.agents"),
    ("archive.web",),
    ("archive.cli",),
)
"""Rooms from the ground up. A module imports from its own room and from rooms on lower floors."""

FLOOR_OF: Final = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
ENTRY_POINTS: Final = {"scraper", "archive.__main__"}
"""Modules that name rooms above them: the public interface (on first use) and `python -m archive`."""


def modules() -> dict[str, Path]:
    """Every module of the two packages by its dotted name."""
    files = [*(ROOT / "scraper").rglob("*.py"), *(ROOT / "archive").rglob("*.py")]
    return {dotted(file.relative_to(ROOT)): file for file in files}


def dotted(path: Path) -> str:
    """
    >>> dotted(Path("scraper/fetch/client.py")), dotted(Path("scraper/fetch/__init__.py"))
    ('scraper.fetch.client', 'scraper.fetch')
    """
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    """
    >>> room_of("scraper.fetch.client"), room_of("scraper.types"), room_of("scraper.fetch")
    ('scraper.fetch', 'scraper', 'scraper.fetch')
    """
    name = ".".join(module.split(".")[:2])
    return name if name in FLOOR_OF else module.split(".")[0]


def imported(file: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules of ours that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: write imports in full"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in known else str(node.module) for name in names]
        else:
            continue
        yield from (name for name in names if name in known)


GRAPH: Final = {
    name: sorted(set(imported(file, known)) - {name}) for known in [modules()] for name, file in known.items()
}


BY_NAME: Final = {"scraper", "archive.cli.main", "archive.schema.light_import", "scraper.crawl.worker"}
"""Modules that import others by a name in a string: the public interface, the table of commands, a worker's preloads."""


def imports_by_name(file: Path) -> bool:
    """Whether a file imports modules whose names are strings."""
    calls = [node.func for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    names = [func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "") for func in calls]
    return bool({"import_module", "__import__"} & set(names))


def circle_from(start: str) -> list[str]:
    """A circle of imports through a module, or nothing."""
    paths = [[start]]
    seen = {start}
    while paths:
        path = paths.pop()
        for name in GRAPH[path[-1]]:
            if name == start:
                return path
            if name not in seen and name not in ENTRY_POINTS:
                seen.add(name)
                paths.append([*path, name])
    return []


def test_every_room_stands_on_a_floor() -> None:
    rooms = {str(init.parent.relative_to(ROOT)).replace("/", ".") for init in ROOT.glob("[as]*r*/**/__init__.py")}
    found = {room for room in rooms if room.startswith(("scraper", "archive")) and room.count(".") <= 1}
    assert found == set(FLOOR_OF)


def test_modules_import_only_from_their_room_and_from_lower_floors() -> None:
    upward = [
        f"{module} imports {name}"
        for module in sorted(set(GRAPH) - ENTRY_POINTS)
        for name in GRAPH[module]
        if room_of(name) != room_of(module) and FLOOR_OF[room_of(name)] >= FLOOR_OF[room_of(module)]
    ]
    assert upward == []


def test_no_file_imports_itself_in_a_circle() -> None:
    assert [circle for name in sorted(set(GRAPH) - ENTRY_POINTS) if (circle := circle_from(name))] == []


def test_only_the_listed_modules_import_by_name() -> None:
    assert {name for name, file in modules().items() if imports_by_name(file)} == BY_NAME


def test_scraper_never_imports_archive() -> None:
    crossing = [
        f"{module} imports {name}"
        for module in GRAPH
        for name in GRAPH[module]
        if module.startswith("scraper") and name.startswith("archive")
    ]
    assert crossing == []


def test_the_map_of_rooms_names_each_room() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = [room.replace(".", "/") for room in FLOOR_OF if "." in room]
    assert [room for room in rooms if f"| `{room}` |" not in text] == []
