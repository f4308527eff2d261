"""Makes a rule for a repeated block: pattern, words and examples, as TOML, with its effect on the stored texts.

The pattern matches the whole block, and is tried on every block of the site. A rule that matches a block outside the group
is not proposed.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from archive.learning.candidates import Candidate
from archive.learning.repeats import NUMBER, SLOT, SeenBlock, even, skeleton
from archive.output.article import counted
from scraper.extraction.rule_check import faults
from scraper.rules.model import Rule
from scraper.text.scripts import UNSPACED
from scraper.text.sentences import SENTENCE_BREAK
from scraper.text.words import fold

NUMBER_PATTERN: Final = r"\d[\d.,:/]*"
NAME_PATTERN: Final = r"[^.!?]{1,60}"
"""Patterns for a slot: a number, or some words of a name."""
EXTRA_CHARS: Final = 40
"""A varying text may be this much longer than the longest known one."""
MAX_SAMPLES: Final = 3
"""Examples in a proposed rule."""
MAX_MISS_CHARS: Final = 240
"""A longer sentence is not used as a near miss."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule with its evidence.

    `takes` is the number of blocks that the rule would remove from stored texts, `from_articles` the number of articles
    that would change.
    """

    candidate: Candidate
    rule: Rule
    samples: tuple[str, ...]
    takes: int
    from_articles: int

    @property
    def host(self) -> str:
        return self.candidate.repeat.host

    def as_dict(self) -> dict[str, Any]:
        """The proposal for JSON."""
        repeat, signs = self.candidate.repeat, self.candidate.signs
        return {
            "site": self.host,
            "id": self.rule.id,
            "kind": self.rule.kind,
            "pattern": self.rule.pattern,
            "articles": repeat.articles,
            "stories": repeat.stories,
            "of_articles": repeat.of_articles,
            "kept": signs.kept,
            "removed_without_rule": signs.removed,
            "takes_blocks": self.takes,
            "takes_from_articles": self.from_articles,
            "weight": round(signs.weight, 2),
            "samples": list(self.samples),
        }


def propose(candidate: Candidate, blocks: Sequence[SeenBlock], *, taken_ids: set[str]) -> Proposal | None:
    """The rule for a candidate; None if no rule matches these blocks and no other block of the site."""
    group = {even(seen.text) for seen in candidate.repeat.seen}
    pattern = pattern_of(sorted(group))
    words = rare_word(sorted(group), blocks)
    samples = tuple(
        text
        for text, _ in sorted(
            Counter(even(seen.text) for seen in candidate.repeat.seen).items(), key=lambda pair: (-pair[1], pair[0])
        )
    )
    if not words:
        return None
    rule = Rule(
        id=rule_id(candidate, taken_ids),
        stage="text",
        kind=candidate.kind,  # type: ignore[arg-type]
        pattern=pattern,
        why=reason(candidate),
        hit=samples[:MAX_SAMPLES],
        miss=(near_miss(samples[0], words, blocks, group),),
        words=(words,),
        hosts=(candidate.repeat.host.partition(":")[0],),
        origin="learned",
        max_chars=max(map(len, group)) + (EXTRA_CHARS if len(group) > 1 else 0),
    )
    found = [seen for seen in blocks if hits(rule, seen.text)]
    if any(even(seen.text) not in group and skeleton(seen.text) != candidate.repeat.key for seen in found):
        return None
    kept = [seen for seen in found if not seen.rule]
    taken_ids.add(rule.id)
    return Proposal(candidate, rule, samples[:MAX_SAMPLES], len(kept), len({seen.article for seen in kept}))


def drop_faulty(proposals: Sequence[Proposal]) -> list[Proposal]:
    """The proposals whose rules pass the loader's checks: right on their own examples, and in bounded time."""
    bad = {fault.rule for fault in faults([proposal.rule for proposal in proposals])}
    return [proposal for proposal in proposals if proposal.rule.id not in bad]


def hits(rule: Rule, text: str) -> bool:
    """Whether a rule's pattern matches a block."""
    line = even(text)
    return len(line) <= rule.max_chars and bool(re.search(rule.pattern, line, re.IGNORECASE))


def pattern_of(texts: Sequence[str]) -> str:
    """A pattern that matches whole texts with one skeleton. Common parts are literal.

    >>> pattern_of(["Read 3 stories by Ann Lee today", "Read 12 stories by Ann Lee today"])
    '^Read \\\\d[\\\\d.,:/]* stories by Ann Lee today$'
    """
    if len(texts) == 1:
        return f"^{literal(texts[0])}$"
    fixed = skeleton(texts[0]).split(SLOT)
    contents = [slots_of(text, fixed) for text in texts]
    parts = [literal(fixed[0])]
    for place, rest in enumerate(fixed[1:]):
        values = {own[place] for own in contents}
        if len(values) == 1:
            parts.append(literal(values.pop()))
        else:
            parts.append(NUMBER_PATTERN if all(NUMBER.fullmatch(value) for value in values) else NAME_PATTERN)
        parts.append(literal(rest))
    return f"^{''.join(parts)}$"


def slots_of(text: str, fixed: Sequence[str]) -> list[str]:
    """The content of each slot of a text, between its fixed parts."""
    match = re.fullmatch("(.+?)".join(re.escape(part) for part in fixed), text, re.DOTALL)
    return list(match.groups()) if match else [""] * (len(fixed) - 1)


def literal(text: str) -> str:
    """A pattern that matches a text, with unescaped spaces.

    >>> literal("Sign up (free).")
    'Sign up \\\\(free\\\\)\\\\.'
    """
    return (
        re.escape(text)
        .replace("\\ ", " ")
        .replace("\\-", "-")
        .replace("\\&", "&")
        .replace("\\#", "#")
        .replace("\\~", "~")
    )


def rare_word(texts: Sequence[str], blocks: Sequence[SeenBlock]) -> str:
    """The word that all texts have and the fewest other blocks of the site; the longest of several. Empty if there is none."""
    own = set.intersection(*(set(fold(text)) for text in texts))
    own = {word for word in own if not word.isdigit() and word == word.casefold()}
    common = Counter(word for seen in blocks if not seen.rule for word in set(fold(seen.text)) & own)
    ordered = sorted(own, key=lambda word: (common[word], -len(word), word))
    if not ordered:
        return ""
    word = ordered[0]
    return word[:12] if UNSPACED.search(word) else word


def near_miss(sample: str, word: str, blocks: Sequence[SeenBlock], group: set[str]) -> str:
    """The most similar sentence of the site's articles that is not the block; without one, a sentence that quotes the block."""
    wanted = set(fold(sample))
    best, score = "", 0.0
    for seen in blocks:
        if seen.rule or even(seen.text) in group:
            continue
        for sentence in SENTENCE_BREAK.split(even(seen.text)):
            own = set(fold(sentence))
            if len(sentence) > MAX_MISS_CHARS or len(own) < 4:
                continue
            alike = len(own & wanted) / len(own | wanted) + (word in own)
            if alike > score:
                best, score = sentence, alike
    return best or f"He read it out twice, “{sample}”, and put the paper down."


def rule_id(candidate: Candidate, taken: set[str]) -> str:
    """An id with kind, site and text."""
    host = re.sub(r"[^a-z0-9]+", "-", candidate.repeat.host)
    slug = "-".join(word for word in fold(candidate.repeat.key.replace(SLOT, " "))[:3] if word.isascii())
    mark = hashlib.sha256(candidate.repeat.key.encode()).hexdigest()[:6]
    name = f"{candidate.kind}.{host}.{slug or mark}"
    return name if name not in taken else f"{name}-{mark}"


def reason(candidate: Candidate) -> str:
    """The rule's reason, in one line."""
    repeat, signs = candidate.repeat, candidate.signs
    varied = ", with other numbers and names" if SLOT in repeat.key else ""
    where = [f"{signs.kept:,} kept"] if signs.kept else []
    where += [f"{signs.removed:,} removed by the scorer"] if signs.removed else []
    return f"learned: the same{varied} in {repeat.articles:,} of {repeat.of_articles:,} articles of the site ({', '.join(where)})"


def as_toml(proposal: Proposal) -> Iterator[str]:
    """The lines of a proposal's table, after a comment with its effect."""
    rule = proposal.rule
    if proposal.takes:
        yield f"# removes {counted(proposal.takes, 'block')} from {counted(proposal.from_articles, 'stored text')}"
    else:
        yield f"# changes no stored text: {counted(proposal.candidate.signs.removed, 'block')} already removed by the scorer"
    yield "[[rule]]"
    values: dict[str, Any] = {
        "id": rule.id,
        "stage": rule.stage,
        "kind": rule.kind,
        "words": rule.words,
        "pattern": rule.pattern,
        "max_chars": rule.max_chars,
        "hosts": rule.hosts,
        "why": rule.why,
        "hit": rule.hit,
        "miss": rule.miss,
    }
    for key, value in values.items():
        yield f"{key} = {toml_value(value)}"


def toml_value(value: Any) -> str:
    r"""A text, number or tuple of texts in TOML.

    >>> print(toml_value(("a", 'b"')), toml_value("C:\\x"))
    ["a", "b\""] "C:\\x"
    """
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(map(toml_char, value)) + '"'
    return f"[{', '.join(map(toml_value, value))}]"


def toml_char(char: str) -> str:
    """A character inside a TOML string."""
    if char in '"\\':
        return "\\" + char
    return char if char.isprintable() else f"\\U{ord(char):08x}"
