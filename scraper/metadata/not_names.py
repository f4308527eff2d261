"""Tells names from texts that stand in the place of a name: labels, accounts of desks, templates, handles, link texts.

The rows are in `not_names.toml`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from scraper.metadata.tables import Words, any_of, read_table
from scraper.text.patterns import lazy_pattern

_ROWS: Final = read_table("not_names.toml")


def _words(form: str) -> tuple[str, ...]:
    return tuple(word for row in _ROWS if row.form == form for word in row.all_words)


_EDGES: Final = " \t.,:;：，。;|/\\-–—*•·()（）[]【】\"'“”‘’「」"
_WHOLE: Final = frozenset(word.casefold().strip(_EDGES) for word in _words("whole"))
_PATTERN: Final = lazy_pattern("|".join(f"(?:{row.pattern})" for row in _ROWS if row.form == "pattern"), re.IGNORECASE)
_LEAD: Final = lazy_pattern(rf"^\W*(?:{any_of(_words('lead'))})[\s:：]+(?=\S)", re.IGNORECASE)
_TAIL: Final = lazy_pattern(rf"(?:[\s|•·,–—-]+(?:{any_of(_words('tail'))})(?!\w))+\W*$", re.IGNORECASE)
_LEAD_WORDS, _TAIL_WORDS, _OTHER_WORDS = (Words(_words(form)) for form in ("lead", "tail", "other"))
MAX_CACHED: Final = 4096
"""Texts whose reading is remembered: each name passes several steps, and pages of a site share them."""
_UNSPACED_NAME: Final = lazy_pattern(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")


@lru_cache(MAX_CACHED)
def names_nobody(text: str) -> bool:
    """Whether a text in the place of a name names nobody.

    >>> names_nobody("Redaktion"), names_nobody("{{ page.author }}"), names_nobody("Edgar Guest")
    (True, True, False)
    """
    whole = text.strip(_EDGES).casefold()
    return not whole or whole in _WHOLE or bool(_PATTERN.search(text.strip()))


def holds_template(text: str) -> bool:
    """Whether a text is a template that was published without its value: its parts are no names either."""
    return bool(_TEMPLATE.search(text))


_TEMPLATE: Final = lazy_pattern(next(row.pattern for row in _ROWS if row.id == "template"), re.IGNORECASE)


@lru_cache(MAX_CACHED)
def without_link_words(text: str) -> str:
    """A text without the words of links and pictures around the name in it.

    >>> without_link_words("Photo of Clara Finch Twitter"), without_link_words("Malcolm X")
    ('Clara Finch', 'Malcolm X')
    """
    text = _LEAD.sub("", text, count=1) if _LEAD_WORDS.any_in(text) else text
    rest = _TAIL.sub("", text) if _TAIL_WORDS.any_in(text) else text
    return rest if rest == text or " " in rest.strip() or _UNSPACED_NAME.fullmatch(rest.strip()) else text


def without_echo(name: str) -> str:
    """A name once, without the initials that stand in the place of a picture before it.

    >>> without_echo("JD Jane Doe"), without_echo("Jane Doe Jane Doe")
    ('Jane Doe', 'Jane Doe')
    >>> without_echo("JD Jones"), without_echo("Sirhan Sirhan")
    ('JD Jones', 'Sirhan Sirhan')
    """
    words = name.split()
    half = len(words) // 2
    if half >= 2 and words[:half] == words[half:]:
        words = words[:half]
    initials = "".join(word[0] for word in words[1:] if word[0].isupper())
    return " ".join(words[1:] if len(words) > 2 and words[0] == initials else words)


_SWITCH: Final = lazy_pattern(
    rf"(?<!\w)(?:(?P<other>{any_of(_words('other'))})|(?P<by>(?:\w+ )?by|words:|text:|texte :|von|par|por|di|door|av|af|przez|oleh|автор:|текст:))(?!\w)",
    re.IGNORECASE,
)


@lru_cache(MAX_CACHED)
def writers_part(text: str) -> str:
    """A byline without the parts that name others: who checked, edited, translated or pictured the article.

    >>> writers_part("By Clara Finch Fact-checked by Bo Ek and Dee Lund")
    'By Clara Finch'
    """
    if not _OTHER_WORDS.any_in(text):
        return " ".join(text.split())
    kept, at, is_own = [], 0, True
    for match in _SWITCH.finditer(text):
        kept.append(text[at : match.start()] if is_own else "")
        at, is_own = match.start(), match["by"] is not None
    kept.append(text[at:] if is_own else "")
    return " ".join("".join(kept).split())
