"""Regular expressions that are compiled when they are first used: compiling all of them takes longer than ten pages do."""

from __future__ import annotations

import re
from typing import Any, AnyStr, Final, cast

from scraper.text.kept_patterns import kept_patterns

METHODS: Final = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")


class _LazyPattern:
    """A regular expression that compiles itself at the first call of a method. After that, a call costs no more than that of
    `re.Pattern`: its methods are attributes.
    """

    __slots__ = ("flags", "pattern", *METHODS)

    def __init__(self, pattern: Any, flags: int) -> None:
        self.pattern = pattern
        self.flags = flags

    def __getattr__(self, name: str) -> Any:
        """A method that is not there yet."""
        if name not in METHODS:
            raise AttributeError(name)
        compiled = kept_patterns().compiled(self.pattern, int(self.flags))
        for method in METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)

    def __repr__(self) -> str:
        return f"lazy_pattern({self.pattern!r})"


def lazy_pattern(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """A pattern that is compiled at first use, with the methods and the attribute `pattern` of `re.Pattern`.

    A method raises `re.error` if the pattern is not valid, and so must be tried by a test, or at load.

    >>> lazy_pattern("tide", re.IGNORECASE).search("Tide tables").span()
    (0, 4)
    """
    return cast("re.Pattern[AnyStr]", _LazyPattern(pattern, flags))
