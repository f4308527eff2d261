"""Imports sqlite-utils without what no command of ours needs.

It imports pandas and numpy where they are installed, to create columns for their types of numbers. That takes 0.3 s of each
command, and no value of the archive has such a type. dateutil's parser, which its recipes for columns use, takes 0.01 s: it is
imported when something of it is used.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import LazyLoader, find_spec, module_from_spec
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


def import_at_use(package: str, name: str) -> None:
    """Puts a module into its package; it is imported when an attribute of it is first used."""
    full = f"{package}.{name}"
    spec = find_spec(full)
    if full in sys.modules or spec is None or spec.loader is None:
        return
    spec.loader = LazyLoader(spec.loader)
    module = module_from_spec(spec)
    sys.modules[full] = module
    spec.loader.exec_module(module)
    setattr(import_module(package), name, module)


if "sqlite_utils" not in sys.modules:
    import_at_use("dateutil", "parser")
    with hidden(*HIDDEN):
        import_module("sqlite_utils")
