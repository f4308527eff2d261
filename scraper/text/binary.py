"""Tells data from a text that was damaged: a NUL or two slip into pages, and browsers drop them."""

from __future__ import annotations

from typing import Final

UTF16_STARTS: Final = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
"""First bytes of UTF-16 and UTF-32, whose text contains NUL bytes."""
CONTROLS: Final = bytes({*range(0x20)} - {*b"\t\n\f\r\x1b"})
"""Control characters that no text holds on purpose; an escape is part of ISO 2022."""
MIN_BYTES_PER_CONTROL: Final = 16
"""Bytes of a damaged text for each control character in it; random data has one in ten. One alone is a slip."""


def holds_data(body: bytes) -> bool:
    """Whether bytes are data rather than a damaged text: a NUL among many control characters, and no UTF-16.

    >>> holds_data(b"<p>Two\\x00</p>"), holds_data(b"<p>\\x00\\x01</p>"), holds_data("<p>One".encode("utf-16"))
    (False, True, False)
    """
    if b"\x00" not in body or body.startswith(UTF16_STARTS):
        return False
    controls = len(body) - len(body.translate(None, delete=CONTROLS))
    return controls > 1 and controls * MIN_BYTES_PER_CONTROL > len(body)
