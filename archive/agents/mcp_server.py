"""The tools of `answers` over the Model Context Protocol, on standard input and output. Nothing can be written by them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from archive.agents import answers
from archive.agents.answers import ArticlePart, FoundArticles, RemovedBlocks, Sources
from scraper.errors import ConfigError, CuttingsError
from scraper.extras import install_command

INSTRUCTIONS: Final = (
    "An archive of news articles as clean text. Search it with search_articles, then read with get_article; a long article comes in "
    "parts: pass next_block as start_block. get_removals shows what was taken for boilerplate. " + answers.UNTRUSTED
)
READING: Final[dict[str, Any]] = {
    "read_only_hint": True,
    "destructive_hint": False,
    "idempotent_hint": True,
    "open_world_hint": False,
}


class Tools:
    """The tools on one archive. The model reads their docstrings."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def search_articles(
        self, query: str, site: str = "", since: str = "", until: str = "", limit: int = 10
    ) -> FoundArticles:
        """Search the archive; the best articles come first, with a snippet each.

        All words must occur, in any form; if few articles have them all, articles with some follow (`partial`). A query
        can hold "words side by side", a OR b, a NEAR b, begin*, -without, site:example.com, author:quill, title:wall.
        `since` and `until` are dates (2026-11, 2026-11-05, yesterday, 7d: seven days ago), both included. `limit` is at most 50.
        """
        return answers.search_articles(self.path, query, site=site, since=since, until=until, limit=limit)

    def get_article(self, article: str, start_block: int = 0, max_chars: int = 8000) -> ArticlePart:
        """Read an article by its number or URL, from a block on: whole blocks, about `max_chars` characters (at most 100000)."""
        return answers.get_article(self.path, article, start_block=start_block, max_chars=max_chars)

    def list_sources(self) -> Sources:
        """List the sources of the archive: articles, the newest, the last success, links that fail."""
        return answers.list_sources(self.path)

    def get_removals(self, article: str) -> RemovedBlocks:
        """Show what was removed from an article as boilerplate, each block with its kind and rule."""
        return answers.get_removals(self.path, article)


def make_server(path: Path) -> Any:
    """An MCP server on the archive, not yet running. Raises ConfigError without the extra `mcp`."""
    try:
        from mcp.server import MCPServer
        from mcp.server.mcpserver.exceptions import ToolError
        from mcp_types import ToolAnnotations
    except ImportError as exc:
        raise ConfigError(f"mcp: the MCP SDK is not installed; run {install_command('mcp')}") from exc
    server = MCPServer("cuttings", version=version("cuttings"), instructions=INSTRUCTIONS, log_level="WARNING")
    tools = Tools(path)
    for tool in (tools.search_articles, tools.get_article, tools.list_sources, tools.get_removals):
        server.add_tool(told(tool, ToolError), annotations=ToolAnnotations(**READING))
    return server


def told(tool: Callable[..., Any], error: type[Exception]) -> Callable[..., Any]:
    """The tool, with errors of ours as ones that the model is told."""

    @wraps(tool)
    def asked(*args: Any, **named: Any) -> Any:
        try:
            return tool(*args, **named)
        except CuttingsError as exc:
            raise error(str(exc)) from exc

    return asked


def serve(path: Path) -> None:
    """Answer on standard input and output until the input ends. Raises ArchiveError for an archive that cannot be read."""
    server = make_server(path)
    answers.list_sources(path)  # a fault of the archive is told now, not at the first question
    server.run("stdio")
