"""An archive with every case that the pages show: kinds of blocks, edits, duplicates, failures, hostile markup."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from archive.store.archive import Archive
from archive.store.reader import save_search, set_note, set_star, set_tags
from scraper.types import Block, Failure, Link, SourceRead
from tests.support.visits import BODY, OTHER, START, URL, article, hours, removal, visit

SCRIPT: Final = "<script>alert('run')</script>"
EVIL: Final = "https://evil.example/x"
PROMO: Final = "Sign up for The Harbour Letter, every Friday in your inbox."
MORE: Final = 45
"""Further articles: more than two pages of a search."""

BLOCKS: Final = (
    Block(
        "paragraph", BODY[0], 1, markup=BODY[0].replace("port authority", "[port authority](https://port.example/vote)")
    ),
    Block(
        "caption",
        "The trawler Ingrid on the sandbank.",
        2,
        image="https://herald.example/ingrid.jpg",
        credit="Lena Holm",
    ),
    Block("paragraph", BODY[1], 4),
    Block("heading", "What it costs", 5, level=2),
    Block("list", "Dredging, eight million", 6, markup="**Dredging**, eight million", level=1),
    Block("list", "A new quay", 7, level=2),
    Block("table", "Payer | Crowns", 8),
    Block("table", "County | 5,500,000", 9),
    Block("quote", "We waited two winters for this.", 10),
    Block("code", "for ship in harbour:\n    wait(ship)", 11),
    Block("embed", "Vote is through! #harbour", 12, source="https://social.example/p/1"),
    Block("paragraph", BODY[2], 14),
    Block("correction", "An earlier version misstated the cost.", 15),
)

REMOVED: Final = (
    removal(PROMO, position=3),
    removal("The trawler Ingrid on the sandbank.", kind="caption", rule_id="caption.figure", position=2),
    removal("Advertisement", kind="ad", rule_id="ad.label.en", position=13),
    removal("Read our other harbour stories", kind="related", rule_id="mine.harbour", position=13),
)


def build(path: Path) -> Path:
    """Fill the archive at this path with two runs, and return the path."""
    with Archive.open(path, create=True) as archive:
        run = archive.start_run(at=START, sources="sources.toml")
        save_first_run(archive, run)
        archive.finish_run(run, at=hours(1), counts={"new": MORE + 4})
        run = archive.start_run(at=hours(24), sources="sources.toml")
        save_second_run(archive, run)
        archive.finish_run(run, at=hours(26), counts={"revised": 1, "failed": 2})
        set_star(archive, 1, on=True, at=hours(27))
        set_tags(archive, 1, "harbour, to read", at=hours(27))
        set_note(archive, 1, "Ask the port authority <b>why</b>.", at=hours(27))
        save_search(archive, "Mills & fires", {"q": "mill", "site": "post.example"}, at=hours(27))
    return path


def save_first_run(archive: Archive, run: int) -> None:
    """Save an article with every kind of block, a duplicate, a hostile one, one in Arabic, and many short ones."""
    image = "https://herald.example/top.jpg"
    whole = article(url=URL, blocks=BLOCKS, contributors=("Per Aas",), modified=START, image=image)
    hostile = (removal(SCRIPT, kind="other", rule_id=SCRIPT),)
    for outcome in (
        visit(whole, removals=REMOVED),
        visit(article(url=OTHER, blocks=BLOCKS), url=OTHER, source="coast"),
        visit(evil(), url=EVIL, source=SCRIPT, removals=hostile),
        visit(arabic(), url="https://sahifa.example/1", source="sahifa"),
    ):
        archive.save(outcome, run=run, at=START)
    mills = [
        visit(mill(number), url=f"https://post.example/{number}", source="post", removals=(removal(PROMO),))
        for number in range(MORE)
    ]
    archive.save_many(mills, run=run, at=START)
    archive.save(SourceRead("post", found=MORE, wanted=MORE), run=run, at=START)


def save_second_run(archive: Archive, run: int) -> None:
    """Save an edit of the first article, then a worse text of it, and two failures."""
    blocks = (
        BLOCKS[0],
        Block("paragraph", "Nobody had expected it.", 3),
        *BLOCKS[2:11],
        Block("paragraph", BODY[2].replace("eleven", "twelve"), 14),
    )
    edited = article(url=URL, blocks=blocks, title="Harbour to be dredged in May", contributors=("Per Aas",))
    archive.save(visit(edited, removals=REMOVED[:1]), run=run, at=hours(24))
    for outcome in (
        visit(verdict="empty"),
        Failure(Link("https://post.example/lost", "post"), "timeout", "no answer in 30 s"),
        Failure(Link("https://post.example/gone", "post"), "status", "404", status=404),
    ):
        archive.save(outcome, run=run, at=hours(25))


def evil() -> Any:
    """An article that tries to run in the reader's browser."""
    text = 'Breaking <img src=x onerror=alert(1)> news of " onmouseover="alert(1)'
    return article(
        url=EVIL,
        title=f'{SCRIPT} " onload="alert(1)',
        site=SCRIPT,
        authors=(SCRIPT,),
        contributors=(SCRIPT,),
        description=SCRIPT,
        section=SCRIPT,
        tags=(SCRIPT,),
        language='en" onclick="alert(1)',
        image="javascript:alert(1)",
        blocks=(
            Block(
                "paragraph",
                text,
                0,
                markup="[click](javascript:alert(1)) [data](data:text/html,x) <b onclick=alert(1)>",
            ),
            Block("caption", SCRIPT, 1, image="javascript:alert(1)", credit=SCRIPT),
            Block("embed", SCRIPT, 2, source="javascript:alert(1)"),
            Block("code", "</code></pre>" + SCRIPT, 3),
        ),
    )


def arabic() -> Any:
    """An article that is read from right to left."""
    return article(
        "قررت المدينة تعميق الميناء في الربيع بعد تصويت طويل.",
        url="https://sahifa.example/1",
        title="تعميق الميناء",
        language="ar",
    )


def mill(number: int) -> Any:
    """One of many short articles."""
    day = datetime(2026, 11, 1, 8, tzinfo=UTC) + timedelta(hours=9 * number)
    return article(
        f"The mill on the Tamar burned for {number + 2} hours.",
        url=f"https://post.example/{number}",
        title=f"Mill burns, report {number}",
        published=day,
        authors=(),
    )
