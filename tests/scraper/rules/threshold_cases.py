"""Runs the cases of `scraper/rules/thresholds/`: each gives one word or two about the watched block."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, islice
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from scraper.extraction.candidates import Candidate
from scraper.extraction.extract import judge_page, page_evidence
from scraper.extraction.multipage import read_parts
from scraper.extraction.page_read import read_page
from scraper.extraction.page_rest import find_rest
from scraper.extraction.plain_text import extract_text
from scraper.extraction.quality import assess
from scraper.extraction.strip import Stripped, strip_blocks
from scraper.html.encoding import markup
from scraper.rules.loader import built_in_rules
from scraper.scoring.scorer import load_scorer
from scraper.types import Page
from tests.support.scores import given_scores
from tests.support.texts import match_rules

WORDS = (
    "harbour council wall engineer winter water bridge street market ferry school budget town river stone summer boat "
    "night garden roof worker island station letter window teacher machine forest mountain road village captain"
).split()
SIGNS = "港壁町議会夜決桟橋時計終点人々待合所見上降雨春秋冬夏山川石船"
FILLER = re.compile(r"\{(n|\d+)(?: (words|signs|letters|paragraphs|lines))?(?: as (\w+))?\}")


class Filler:
    """Replaces `{200}`, `{6 words as A}` … by text: the same for the same label, another text each time without one."""

    def __init__(self, n: float | str) -> None:
        self.n = n
        self.unnamed = count(100)

    def __call__(self, text: str) -> str:
        if isinstance(self.n, str):
            text = text.replace("{n}", self.n)
        return FILLER.sub(self.replacement, text)

    def replacement(self, match: re.Match[str]) -> str:
        size = int(self.n if match[1] == "n" else match[1])
        seed = sum(map(ord, match[3])) if match[3] else next(self.unnamed)
        return made_text(size, match[2] or "characters", seed)


def made_text(size: int, unit: str, seed: int) -> str:
    """Text of a size; two seeds give two texts."""
    if unit == "words":
        return " ".join(islice(words(seed), size))
    if unit == "letters":
        return "".join(islice(words(seed), size))[:size]
    if unit == "signs":
        return "".join(SIGNS[(seed * 7 + place * (seed % 5 + 1)) % len(SIGNS)] for place in range(size))
    if unit == "lines":
        return "<p>Water.</p>" * size
    if unit == "paragraphs":
        return "".join(f"<p>{made_text(100, 'characters', 1000 * seed + place)}</p>" for place in range(size))
    text = " ".join(islice(words(seed), size)).capitalize()[: size - 1]
    return (f"{text[:-1]}s" if text.endswith(" ") else text) + "."


def words(seed: int) -> Iterator[str]:
    """Words without end, in an order that depends on the seed."""
    place = seed
    while True:
        place = (place * 1103515245 + 12345) % 2**31
        yield WORDS[(place >> 8) % len(WORDS)]


def outcome(case: Mapping[str, Any], n: float | str) -> str:
    """Result for the watched block of a case, with this `n`."""
    fill = Filler(n)
    if "parts" in case:
        joined = join_parts([fill(part) for part in case["parts"]], stem=fill(case["stem"]))
        return f"{joined} page{'s' * (joined > 1)}"
    if "text" in case:
        return judge_text(fill(case["text"]), fill(case["watch"]))
    return judge_blocks(case["blocks"], fill) if "blocks" in case else judge_html(case, fill)


def judge_blocks(rows: Sequence[Mapping[str, Any]], fill: Filler) -> str:
    """Result for the watched candidate."""
    made = [candidate(place, row, fill) for place, row in enumerate(rows)]
    return result_for(strip_blocks(made), next(place for place, row in enumerate(rows) if row.get("watched")))


def candidate(place: int, row: Mapping[str, Any], fill: Filler) -> Candidate:
    """A candidate of a case; its text is matched with the built-in rules."""
    fields = {key: fill.n if value == "n" else value for key, value in row.items() if key != "watched"}
    text, kind, share = fill(fields.pop("text")), fields.pop("kind", "paragraph"), fields.get("link_share", 0.0)
    if element := fields.pop("element", ""):
        fields["element"] = next(rule for rule in built_in_rules().rules if rule.id == element)
    matches = match_rules(text, kind, share, built_in_rules())
    return Candidate(position=place, kind=kind, text=text, matches=matches, **fields)


def judge_html(case: Mapping[str, Any], fill: Filler) -> str:
    """Result for the watched block of a page, or the verdict on the page."""
    title, head, body = (fill(case.get(key, "")) for key in ("title", "head", "page"))
    page = Page.from_html(
        f"<html><head><title>{title or 'The harbour'}</title>{head}</head><body>{body}</body></html>",
        url="https://news.example/city/harbour",
    )
    tree = LexborHTMLParser(markup(page))
    read = read_page(tree, built_in_rules(), url=page.url)
    scores = load_scorer().score(read.blocks, read.context)
    if given := case.get("scores"):
        given = [fill.n if score == "n" else score for score in given]
        scores = given_scores([given[min(place, len(given) - 1)] for place in range(len(scores.own))])
    read, stripped = judge_page(tree, read, scores, built_in_rules())
    if case["watch"] == "verdict":
        return assess(page_evidence(page, tree, read, stripped)).verdict
    watch = fill(case["watch"])
    watched = next((block for block in read.blocks.blocks if watch in block.text), None)
    if watched is None:
        return "absent"
    found = result_for(stripped, watched.position)
    return "kept table" if (found, watched.kind) == ("kept", "table") else found


def judge_text(text: str, watch: str) -> str:
    """Result for the watched line of a plain text."""
    found = extract_text(text, built_in_rules())
    removals = (*found.removals, *found.chrome)
    return next((f"{removal.rule_id} {removal.kind}" for removal in removals if watch in removal.text), "kept")


def result_for(stripped: Stripped, position: int) -> str:
    """Where a block ended up: kept, beside the text, removed or absent."""
    if position in stripped.kept:
        return "kept"
    if position in (*stripped.corrections, *stripped.embeds, *stripped.standfirsts):
        return "beside"
    removals = (*stripped.removals, *stripped.chrome)
    found = (f"{removal.rule_id} {removal.kind}" for removal in removals if removal.position == position)
    return next(found, "absent")


def join_parts(bodies: Sequence[str], *, stem: str) -> int:
    """Number of these pages that are joined into one article."""
    urls = [f"https://news.example/{stem}{f'?page={number}' * (number > 1)}" for number in range(1, len(bodies) + 1)]
    pages = {url: Page.from_html(f"<main>{body}</main>", url=url) for url, body in zip(urls, bodies, strict=True)}

    async def fetch(url: str) -> Page:
        return pages[url]

    async def find(page: Page) -> Any:
        return find_rest(page)

    return len(asyncio.run(read_parts(pages[urls[0]], fetch=fetch, find=find)))
