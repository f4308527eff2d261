"""The command `mcp`: the archive for agents of language models."""

from __future__ import annotations

from pathlib import Path

import click

from archive.cli.options import DB, ExampleCommand


@click.command(cls=ExampleCommand, example="cuttings mcp --db archive.db")
@DB
def mcp(path: Path) -> None:
    """Let agents read the archive (MCP).

    A program that speaks the Model Context Protocol starts this command and asks on its standard input: it can search
    articles, read them in parts, list sources and see what was removed. Nothing is written.
    """
    from archive.agents.mcp_server import serve

    serve(path)
