"""Names of time zones that pages and feeds print: one table for dates in text and dates in feeds.

A name that is not in the table is treated as UTC by the readers.
"""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from typing import Final

ZONES: Final[dict[str, float]] = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2, "mez": 1, "mesz": 2, "eet": 2, "eest": 3,
    "msk": 3, "мск": 3, "trt": 3, "pkt": 5, "ist": 5.5, "wib": 7, "sgt": 8, "hkt": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11,
    "nzst": 12, "nzdt": 13, "brt": -3, "edt": -4, "et": -5, "est": -5, "cdt": -5, "ct": -6, "cst": -6, "mdt": -6, "mt": -7,
    "mst": -7, "pdt": -7, "pt": -8, "pst": -8, "akdt": -8, "akst": -9, "hst": -10,
}  # fmt: skip
"""Hours ahead of UTC by lower-case name. ET, CT, MT and PT are read as standard time."""


def named_zone(name: str) -> timezone | None:
    """The zone of a name, in any case; None for a name that is not in the table.

    >>> named_zone("NZDT"), named_zone("Uhr")
    (datetime.timezone(datetime.timedelta(seconds=46800)), None)
    """
    hours = ZONES.get(name.lower())
    if hours is None:
        return None
    return timezone(timedelta(hours=hours)) if hours else UTC
