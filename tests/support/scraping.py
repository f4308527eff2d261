"""Whole runs of `scrape` in a folder with a source list, in this process or as a command."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from archive.cli.main import main
from tests.support import ROOT
from tests.support.loopback import Exchange, Server

SHIPS = {"a": "Albatross", "b": "Barnacle", "c": "Cormorant"}


def command(folder: Path, *options: str) -> list[str]:
    return [
        "scrape",
        str(folder / "sources.toml"),
        "--db",
        str(folder / "archive.db"),
        *options,
        "--jobs",
        "1",
        "--delay",
        "0",
    ]


def scrape(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, command(folder, "--allow-private", *options))


def summary(folder: Path, *options: str) -> dict[str, Any]:
    result = scrape(folder, "--json", *options)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return {**json.loads(result.stdout), "exit": result.exit_code}


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(folder / "archive.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def start(folder: Path, *more: str, **options: Any) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "archive", *command(folder, "--allow-private", *more)]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, **options)


def wait_for(site: Server, path: str) -> None:
    """Waits until the path was requested."""
    give_up = time.monotonic() + 60
    while not site.count(path):
        assert time.monotonic() < give_up, f"{path} was never requested: {site.seen}"
        time.sleep(0.02)


async def never_answers(exchange: Exchange) -> None:
    while not exchange.writer.is_closing():
        await exchange.raw(b"")
        await asyncio.sleep(0.05)


def make_due(folder: Path) -> None:
    """Makes every fetched page due for a refetch."""
    with closing(sqlite3.connect(folder / "archive.db")) as connection, connection:
        connection.execute("UPDATE links SET next_try = '2026-01-01T00:00:00Z' WHERE next_try IS NOT NULL")
