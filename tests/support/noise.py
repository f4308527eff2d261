"""Broken documents for tests that parsers only raise our errors."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st


def noise(documents: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Random bytes, or pieces of documents mixed with random bytes."""
    pieces = st.builds(
        lambda document, start, end: document[start:end],
        st.sampled_from(documents),
        st.integers(0, 200),
        st.integers(0, 700),
    )
    mixed = st.lists(st.one_of(pieces, st.binary(max_size=20)), max_size=4).map(b"".join)
    return st.one_of(st.binary(max_size=300), mixed)
