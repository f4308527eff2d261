"""Imports sqlite-utils without pandas and numpy.

It imports both where they are installed, to create columns for their types of numbers. That takes 0.3 s of each command, and
no value of the archive has such a type.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

HIDDEN: Final = ("pandas", "numpy")


@contextmanager
def hidden(*names: str) -> Iterator[None]:
    """In its body an import of these modules fails as if they were not installed. Those that are loaded stay loaded."""
    modules: dict[str, Any] = sys.modules
    loaded = {name: modules[name] for name in names if name in modules}
    modules.update(dict.fromkeys(names))
    try:
        yield
    finally:
        for name in names:
            del modules[name]
        modules.update(loaded)


if "sqlite_utils" not in sys.modules:
    with hidden(*HIDDEN):
        import_module("sqlite_utils")
