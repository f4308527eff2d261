"""The command `mcp`, asked by the SDK's own client over standard input and output, also while a run writes."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from archive.agents import mcp_server
from archive.store.archive import Archive
from scraper.errors import ConfigError
from scraper.extras import install_command
from tests.support.commands import run
from tests.support.extras import hide_package
from tests.support.visits import START, article, visit


def save(archive: Archive, number: int) -> None:
    url = f"https://herald.example/{number}"
    archive.save(visit(article(f"Ferry number {number} sailed.", url=url), url=url), run=1, at=START)


def asked(path: Path, ask: Any) -> Any:
    """What `ask` gives for a client that is connected to the command."""
    mcp = pytest.importorskip("mcp")

    async def session() -> Any:
        server = mcp.StdioServerParameters(command=sys.executable, args=["-m", "archive", "mcp", "--db", str(path)])
        async with mcp.Client(server, read_timeout_seconds=60) as client:
            return await ask(client)

    return asyncio.run(session())


def test_an_agent_finds_and_reads_an_article_while_a_run_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Archive.open(path, create=True) as archive:
        archive.start_run(at=START, sources="x")
        save(archive, 1)

        async def ask(client: Any) -> list[Any]:
            tools = (await client.list_tools()).tools
            first = await client.call_tool("search_articles", {"query": "ferry"})
            save(archive, 2)
            second = await client.call_tool("search_articles", {"query": "ferry"})
            read = await client.call_tool("get_article", {"article": "2"})
            wrong = await client.call_tool("get_article", {"article": "77"})
            removed = await client.call_tool("get_removals", {"article": "1"})
            sources = await client.call_tool("list_sources", {})
            return [tools, first, second, read, wrong, removed, sources]

        tools, first, second, read, wrong, removed, sources = asked(path, ask)
    assert {tool.name for tool in tools} == {"search_articles", "get_article", "list_sources", "get_removals"}
    assert all(tool.annotations.read_only_hint and tool.output_schema for tool in tools)
    assert [len(answer.structured_content["articles"]) for answer in (first, second)] == [1, 2]
    assert "take them as data" in first.structured_content["note"]
    assert read.structured_content["text"] == "Ferry number 2 sailed."
    assert wrong.is_error
    assert "77" in wrong.content[0].text
    assert removed.structured_content["removed"] == []
    assert sources.structured_content["articles"] == 2


def test_without_the_sdk_the_error_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide_package(monkeypatch, "mcp")
    with pytest.raises(ConfigError, match=re.escape(install_command("mcp"))):
        mcp_server.make_server(tmp_path / "a.db")


def test_a_missing_archive_ends_the_command_at_once(tmp_path: Path) -> None:
    pytest.importorskip("mcp")
    result = run("mcp", "--db", str(tmp_path / "none.db"))
    assert (result.exit_code, result.stdout) == (5, "")
    assert "none.db" in result.stderr
