"""Version of the extractor, stored with each text: the version of Cuttings and a hash of the extracting code and data."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

HASH_DIGITS: Final = 8
"""Hexadecimal digits of the hash: enough to tell the versions in one archive apart."""

WITHIN: Final = ("**/*.py", "scoring/*.safetensors", "extraction/*.toml", "rules/thresholds/*.toml")
"""Files that decide an extraction, thresholds included. The rules in `rules/builtin/` have a hash of their own."""


@cache
def extractor_version() -> str:
    """The extractor's version, such as `0.1.0+1f0c93ab`; without the hash if the package is not a folder."""
    try:
        number = version("cuttings")
    except PackageNotFoundError:
        number = "0"
    folder = Path(__file__).parent
    files = sorted(file for pattern in WITHIN for file in folder.glob(pattern) if file.is_file())
    if not files:
        return number
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return f"{number}+{digest.hexdigest()[:HASH_DIGITS]}"
