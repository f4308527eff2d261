"""Tells a sentence of the article from a line of boilerplate, where both have the words of a rule.

"Sign up for our newsletter" is boilerplate; "“Sign up for our newsletter” was all that the button said" is not. All text
rules share one guard: the tables of the folder `sentences/`.

    [[sign]]
    id         name of the sign
    languages  the languages that have it; empty: all
    weight     what each word of it weighs for a sentence; below 0: against one
    most       different words of it that count (default 1)
    kinds      kinds of rules that heed it; without the key: all
    pattern    a regular expression, case ignored
    hit, miss  texts with and without the sign

    [[kind]]
    kinds      kinds of rules
    weight     sum of the signs from which a text is a sentence to rules of these kinds; 0: only in quotation marks
    why        what boilerplate of these kinds has in common with sentences

    [[statement]]
    rules      beginning of the rules' ids
    words      words behind the rule's own from which a text is a sentence without any sign, unless a sign is against it
    why        how lines of boilerplate that these rules know end

The signs behind the words of the rule are summed. They count only in a text that ends as a sentence does, and that has hardly
any link. Rules for a site (`hosts`) are not guarded: they were written for lines that the site has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from scraper.rules.model import LANGUAGES, Rule
from scraper.rules.ruleset import compile_pattern
from scraper.rules.thresholds import share
from scraper.text.languages import language_of
from scraper.text.patterns import lazy_pattern
from scraper.text.scripts import UNSPACED
from scraper.text.sentences import SENTENCE_BREAK, STATEMENT_END
from scraper.text.tables import read_table

TABLES: Final[tuple[dict[str, Any], ...]] = tuple(
    read_table(file).values for file in sorted(Path(__file__).with_name("sentences").glob("*.toml"))
)

MAX_SENTENCE_LINK_SHARE: Final = share("MAX_SENTENCE_LINK_SHARE")

QUOTED: Final = lazy_pattern(
    "|".join(
        (
            "“[^“”]*(?:“[^“”]*”[^“”]*)*”",
            "„[^“”„]*[“”]",
            "«[^«»]*»",
            "»[^«»]*«",
            "»[^«»]*»",
            "”[^“”]*”",
            "「[^「」]*」",
            "『[^『』]*』",
            "《[^《》]*》",
            r'(?<!\w)"[^"]*"(?!\w)',
            r"(?<!\w)‘[^‘]*?’(?!\w)",
            r"(?<!\w)'[^']*'(?!\w)",
        )
    )
)
"""Words in quotation marks, in the marks of each script."""
ENDS_STATEMENT: Final = lazy_pattern(rf"{STATEMENT_END.pattern}|[।۔]$")
"""The end of a statement, also in scripts with a full stop of their own."""
LAST_SIGNS: Final = frozenset(".!…。！।۔\"'”’»)]\n")
"""The last characters of the texts that `ENDS_STATEMENT` matches: most lines of boilerplate end in another."""
QUOTE: Final = lazy_pattern("[“„«»”「『《\"‘']")
"""A sign that opens a quotation."""
LETTER: Final = lazy_pattern(r"[^\W\d_]")


NEAR: Final = {
    "nb": ("no", "da"),
    "nn": ("no", "da"),
    "no": ("no", "da"),
    "da": ("da", "no"),
    "iw": ("he",),
    "in": ("id",),
}
"""Codes of languages whose rules serve one another, and old codes."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One row of the signs; the module's docstring explains the keys."""

    id: str
    languages: tuple[str, ...]
    weight: int
    pattern: re.Pattern[str]
    hit: tuple[str, ...]
    miss: tuple[str, ...]
    most: int = 1
    kinds: tuple[str, ...] = ()

    def weigh(self, text: str) -> int:
        """What this sign weighs in a text."""
        if self.most == 1:
            return self.weight if self.pattern.search(text) else 0
        return self.weight * min(self.most, len({match[0].lower() for match in self.pattern.finditer(text)}))


def parse_sign(row: Mapping[str, Any]) -> Sign:
    """The sign of one row. Raises `KeyError` or `TypeError` for a missing or unknown key."""
    lists = {key: tuple(row.get(key, ())) for key in ("languages", "hit", "miss", "kinds")}
    return Sign(**{**row, **lists, "pattern": compile_pattern(row["pattern"])})


SIGNS: Final = tuple(parse_sign(row) for table in TABLES for row in table.get("sign", ()))
MIN_WEIGHTS: Final[dict[str, int]] = {
    kind: row["weight"] for table in TABLES for row in table.get("kind", ()) for kind in row["kinds"]
}
"""Weight from which a text is a sentence, by kind of rule."""
STATEMENTS: Final[dict[str, int]] = {
    row["rules"]: row["words"] for table in TABLES for row in table.get("statement", ())
}
"""Words behind the rule's own, up to a sign of `LABEL_END`, from which a text is a statement, by the beginning of the rule's id."""
LABEL_END: Final = lazy_pattern(r"[:;：；|•»→>–—()\[\]©®™/]|\s-|[.!?](?=\s|$)|[。！？]|\d{4}")
"""A sign that ends a label or the statement, or that boilerplate has in its midst."""


@cache
def signs_of(languages: frozenset[str]) -> tuple[Sign, ...]:
    """The signs in these languages, and those of every language."""
    return tuple(one for one in SIGNS if not one.languages or languages.intersection(one.languages))


@cache
def signs_for(kind: str, languages: frozenset[str]) -> tuple[Sign, ...]:
    """The signs in these languages that rules of a kind heed."""
    return tuple(one for one in signs_of(languages) if not one.kinds or kind in one.kinds)


def page_languages(declared: str, texts: Iterable[str]) -> frozenset[str]:
    """The languages of a page: the one that it declares, and the one of its running text. Empty if rules know neither.

    A template may declare the wrong language, so both count.
    """
    found = {
        language
        for name in (declared.partition("-")[0].lower(), language_of(texts))
        for language in NEAR.get(name, (name,))
    }
    return frozenset(found & LANGUAGES)


def is_sentence(text: str, rule: Rule, *, link_share: float, languages: Set[str] = frozenset()) -> bool:
    """Whether a text that a rule matches is a sentence of the article. `languages` are those of the page, if known."""
    if rule.hosts or link_share > MAX_SENTENCE_LINK_SHARE:
        return False
    if is_quoted(text, rule):
        return True
    least = MIN_WEIGHTS.get(rule.kind, 0)
    if not least or text[-1:] not in LAST_SIGNS or not ENDS_STATEMENT.search(text):
        return False
    named = frozenset(rule.languages)
    spoken = named & languages or named | languages
    bare = QUOTED.sub("“”", text)
    return weigh(bare, rule, spoken) >= least or goes_on(bare, rule, spoken)


def goes_on(text: str, rule: Rule, languages: frozenset[str]) -> bool:
    """Whether the words of the rule begin a statement of many words, for rules whose lines end after few, or at a sign.

    "All rights reserved." is boilerplate, and so is "Related: The bridge closed"; "All rights reserved to the guild pass to
    the crown when the last master dies." is none. A text with a sign against a sentence is no statement.
    """
    least = next((words for start, words in STATEMENTS.items() if rule.id.startswith(start)), 0)
    phrase = words_of(rule.words).search(text) if least else None
    if not phrase or any(one.pattern.search(text) for one in signs_against(rule.kind, languages)):
        return False
    statement = LABEL_END.split(text[phrase.end() :], maxsplit=1)[0]
    words = len(statement) // 2 if UNSPACED.search(statement) else len(statement.split())
    return words >= least


def weigh(text: str, rule: Rule, languages: frozenset[str]) -> int:
    """The sum of the signs for and against a sentence in a text without its quoted words.

    Signs count behind the first word of the rule. Signs against a sentence do not count before the first sign for it, in
    the same sentence: "Sign up for our newsletter was the shortest line".
    """
    phrase = words_of(rule.words).search(text)
    behind = text[phrase.end() :] if phrase else text
    signs = signs_for(rule.kind, languages)
    found = [(match.start(), one) for one in signs if one.weight > 0 and (match := one.pattern.search(behind))]
    if not found:
        return 0
    start = min(place for place, _ in found)
    sentence = max((end.end() for end in SENTENCE_BREAK.finditer(behind, 0, start)), default=0)
    beside = f"{behind[:sentence]}\n{behind[start:]}"
    return sum(one.weigh(behind) for _, one in found) + sum(one.weigh(beside) for one in signs if one.weight < 0)


def signs_against(kind: str, languages: frozenset[str]) -> Iterator[Sign]:
    """The signs against a sentence, for rules of a kind."""
    return (one for one in signs_of(languages | {"en"}) if one.weight < 0 and (not one.kinds or kind in one.kinds))


def addresses_reader(text: str, languages: Set[str]) -> bool:
    """Whether a text speaks to the reader, or of its own site. `languages` are those of the page, if known."""
    return any(
        one.weight < 0 and not one.kinds and bool(one.pattern.search(text))
        for one in signs_of(frozenset({"en", *(languages or LANGUAGES)}))
    )


def is_quoted(text: str, rule: Rule) -> bool:
    """Whether the words that a rule knows stand in quotation marks, in a text that has words of its own."""
    if not QUOTE.search(text):
        return False
    outside = QUOTED.sub("“”", text)
    if outside == text or not LETTER.search(outside):
        return False
    if not QUOTED.match(text) and words_of(rule.words).search(outside):  # a name: Sign up for “Low Tide”
        return False
    return not compile_pattern(rule.pattern).search(outside)


@cache
def words_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern for any of a rule's words."""
    return lazy_pattern("|".join(rf"(?<!\w){re.escape(word)}" for word in words), re.IGNORECASE)
