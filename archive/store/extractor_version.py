"""Which extraction made a text: the version of Cuttings, and a hash of the code and data that extract."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import scraper

DIGITS: Final = 8
"""Hexadecimal digits of the hash that are kept: enough to tell the extractions of one archive apart."""

WITHIN: Final = ("**/*.py", "scoring/*.npz", "extraction/*.toml")
"""What an extraction is made of. Rules are not: they have a hash of their own."""


@cache
def extractor_version() -> str:
    """The version of the extraction, such as `0.1.0+1f0c93ab`; without the hash where the package is no folder."""
    try:
        number = version("cuttings")
    except PackageNotFoundError:
        number = "0"
    folder = Path(scraper.__file__).parent
    files = sorted(file for pattern in WITHIN for file in folder.glob(pattern) if file.is_file())
    if not files:
        return number
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return f"{number}+{digest.hexdigest()[:DIGITS]}"
