"""Where sentences end, as patterns: one table of full stops and of the quotes and brackets that may follow them."""

from __future__ import annotations

from typing import Final

from scraper.text.patterns import lazy_pattern

STOPS: Final = ".!?…。！？"
"""Signs that end a sentence, as the inside of a character class."""

CLOSERS: Final = r"\"'”’»)\]"
"""Quotes and brackets that may follow a stop, as the inside of a character class."""

SENTENCE_END: Final = lazy_pattern(rf"[{STOPS}][{CLOSERS}]*(?:\s|$)")
"""The end of a sentence, anywhere in a text."""

TEXT_END: Final = lazy_pattern(rf"[{STOPS}][{CLOSERS}]*$")
"""The end of a text that ends with a sentence."""

STATEMENT_END: Final = lazy_pattern(rf"[.!…。！][{CLOSERS}]*$")
"""The end of a text that ends with a sentence other than a question: a title may be a question."""

SENTENCE_BREAK: Final = lazy_pattern(r"(?<=[.!?。！？])\s+")
"""The space between two sentences. An ellipsis within a text mostly stands for a pause, so it breaks nothing."""
