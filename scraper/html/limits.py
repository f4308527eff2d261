"""How much of a page is read: far above what any real page holds, low enough that a hostile one costs seconds."""

from __future__ import annotations

from typing import Final

MAX_BLOCKS: Final = 50_000
"""Text blocks that are read of a page, 4 s of work; what follows is left unread, and the verdict says so."""
MAX_CONTAINERS: Final = 300_000
"""Block-level elements that are read of a page; the busiest news pages have 3,000."""
MAX_CELLS: Final = 300
"""Blocks in a table's row above which they are not looked at together: in nested tables that is quadratic."""
MAX_REFUSED: Final = 20
"""Menus too long to be one block after which none is tried: each try reads the whole menu, and they may be nested."""
MAX_CLIMB: Final = 100
"""Levels above an element that are searched for one it stands in; real pages stay below 60."""
