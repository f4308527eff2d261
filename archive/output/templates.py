"""Environment of every HTML template: explanations here, pages in `archive.web`.

Every value is escaped unless it is `Markup`. A missing value is an error.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from archive.output.article import printable


def environment(folder: Path) -> Environment:
    """The templates of a folder. The filter `clean` drops control characters."""
    env = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["clean"] = printable
    return env
