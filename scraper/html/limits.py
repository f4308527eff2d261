"""Limits on how much of a page is read: far above any real page, low enough that a hostile page costs only seconds."""

from __future__ import annotations

from typing import Final

MAX_BLOCKS: Final = 50_000
"""Text blocks that are read of a page, 4 s of work. The verdict says that the rest was not read."""
MAX_CONTAINERS: Final = 300_000
"""Block-level elements that are read of a page; the largest news pages have 3,000."""
MAX_ANCHORS: Final = 5_000
"""Links that are read of a page."""
MAX_CELLS: Final = 300
"""Blocks of a table row that are joined into one; joining more is quadratic in nested tables."""
MAX_LONG_MENUS: Final = 20
"""Menus too long for one block after which no more are tried: each try reads the whole menu, and menus may be nested."""
MAX_CLIMBED_LEVELS: Final = 100
"""Levels above an element that are searched for an ancestor; real pages have fewer than 60."""
