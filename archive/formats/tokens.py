"""Whether a text is within a number of a language model's tokens: estimated from its letters, or counted by a tokenizer.

A tokenizer comes with the extra `tokens` (semantic-text-splitter, whose word lists are in the package; tiktoken itself fetches
them from the network). It tells whether a text is one chunk, which is all that is needed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from scraper.errors import ConfigError
from scraper.extras import install_command
from scraper.text.scripts import UNSPACED

Fits = Callable[[str, str], bool]
"""Whether a text of a language (a code, or empty) is within the limit."""

CHARS_PER_TOKEN: Final[Mapping[str, float]] = {
    "ar": 2.9, "cs": 2.6, "da": 3.0, "de": 3.8, "en": 4.2, "es": 3.8, "fi": 3.0, "fr": 3.9, "he": 2.6, "it": 3.3, "nl": 3.9,
    "no": 3.1, "pl": 2.7, "pt": 3.5, "ru": 3.0, "sv": 3.0, "tr": 3.0, "uk": 2.7,
}  # fmt: skip
"""Characters of a token in each language: measured with the tokenizer of gpt-4o on the gate's pages.

English is below its mean of 4.6, for tables and numbers take more: of 6,542 chunks of 1,107 real pages, mostly English, 3 in 100
have more than the 512 tokens asked for; with 4.5 it is 7 in 100, with 4.0 2 in 100, in 5% more chunks."""

CHARS_PER_UNKNOWN_TOKEN: Final = 2.6
"""Characters of a token in a language without a row: as in the densest language with spaces that has one."""

CHARS_PER_EAST_ASIAN_TOKEN: Final = 1.5
"""Characters of a token in scripts without spaces: Japanese 1.5, Chinese 1.6, Korean 1.8."""


def estimated_tokens(text: str, language: str) -> float:
    """About how many tokens a text has.

    >>> estimated_tokens("The tide wall holds.", "en") < 5 < estimated_tokens("Die Flutmauer hält noch.", "de")
    True
    """
    unspaced = len(UNSPACED.findall(text))
    rate = CHARS_PER_TOKEN.get(language.partition("-")[0].lower(), CHARS_PER_UNKNOWN_TOKEN)
    return unspaced / CHARS_PER_EAST_ASIAN_TOKEN + (len(text) - unspaced) / rate


def fits_estimated(max_tokens: int) -> Fits:
    """Whether a text has at most so many tokens by `estimated_tokens`."""
    return lambda text, language: estimated_tokens(text, language) <= max_tokens


def fits_exactly(max_tokens: int, model: str) -> Fits:
    """Whether a text has at most so many tokens of a model such as gpt-4o. Raises ConfigError without the extra `tokens`, and
    for a model without a known tokenizer.
    """
    try:
        from semantic_text_splitter import TextSplitter
    except ImportError as exc:
        raise ConfigError(
            f"tokens: semantic-text-splitter is not installed; run {install_command('tokens')}, or leave out --tokens-of"
        ) from exc
    try:
        splitter = TextSplitter.from_tiktoken_model(model, max_tokens)
    except Exception as exc:  # the library raises a bare Exception
        raise ConfigError(
            f"--tokens-of {model}: no tokenizer is known for this model; name one such as gpt-4o"
        ) from exc
    return lambda text, language: len(splitter.chunks(text)) <= 1
