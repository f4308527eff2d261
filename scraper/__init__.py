"""From the web to values: discover, fetch and extract articles. Needs no database.

    >>> from scraper import Page, built_in_rules, extract
    >>> page = Page.from_html("<article><p>The council met on Tuesday.</p></article>", url="https://example.org/a")
    >>> extract(page, built_in_rules()).text
    'The council met on Tuesday.'

These three names are the stable interface. They are imported on first use, so that `import scraper` stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scraper.extraction.extract import extract as extract
    from scraper.rules.loader import built_in_rules as built_in_rules
    from scraper.types import Page as Page

__all__ = ["Page", "built_in_rules", "extract"]

PUBLIC: Final = {
    "Page": "scraper.types",
    "built_in_rules": "scraper.rules.loader",
    "extract": "scraper.extraction.extract",
}
"""Each public name and the module that defines it."""


def __getattr__(name: str) -> object:
    """The public object of a name. Raises AttributeError for any other name."""
    if name not in PUBLIC:
        raise AttributeError(f"module 'scraper' has no attribute {name!r}; its public names are {', '.join(__all__)}")
    return getattr(import_module(PUBLIC[name]), name)
