"""Fill an archive through the code that is imported: `python fill_archive.py FILE`, run by `make_archives`.

The code may be that of any commit, so nothing here depends on what later commits added: a field, a function or a class
that the commit lacks is left out. All texts were written for this purpose.
"""

from __future__ import annotations

import sys
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

START = datetime(2026, 11, 20, 6, tzinfo=UTC)

HARBOUR = "https://herald.example/harbour"
BRIDGE = "https://herald.example/bridge"
FERRY = "https://www.herald.example/ferry"
WIRE = "https://coast.example/wire/harbour"
REDIRECTING = "https://coast.example/r/1"
MINATO = "https://minato.example/1"
FAILED = "https://herald.example/failed"
GONE = "https://herald.example/gone"

TEXTS = {
    HARBOUR: (
        "The harbour of Westmark will be dredged in spring, the port authority said on Friday after a long vote.",
        "Fishermen had asked for the work since a trawler ran aground two winters ago off the northern pier.",
        "It will cost eleven million crowns, half of it paid by the county and half out of the port's own fees.",
        "The dredger comes from the yard at Lund when the herring boats have left for the northern grounds.",
    ),
    BRIDGE: (
        "The old swing bridge at Mill Lane closes for nine weeks while its bearings are replaced, the council said.",
        "Cyclists may cross by the lock gates; lorries have to go round by the ring road, which adds twenty minutes.",
        "The engineer found cracks in two of the eight bearings when the river was low in August.",
    ),
    FERRY: (
        "The night ferry to Lund sails again from March, with one boat and a crew of fourteen.",
        "A cabin costs forty crowns; the first three sailings are sold out, the owner Zoë Müller said.",
    ),
    MINATO: ("港の浚渫工事は来春に始まると港湾局が金曜日に発表した。", "費用は千百万クローネで、半分は県が負担する。"),
}
TEXTS[WIRE] = (*TEXTS[HARBOUR], "Readers on the coast asked us when the work ends.")
REVISED = (*TEXTS[HARBOUR][:3], "The dredger comes from the yard at Lund in the first week of March.")
NAVIGATION = "".join(
    f"<li><a href='/{number * 7919 % 10007:x}'>Page {number * 7907 % 10009:x}</a></li>" for number in range(200)
)
"""A site's template: pages of one site are compressed against each other."""
MENU = "Harbour | Ferries | Letters"
PROMO = "The Westmark Almanac is out now at kiosks."

INVENTED = (
    ("CUT", "the connection's end was the only end of the body, and its markup has none", FERRY),
    ("BODY_ORIGIN", "feed", MINATO),
)
"""Headers that some commits invented: the constant with the name, the value, and the page that gets the header."""


def find(name: str, *modules: str) -> Any:
    """A class, function or constant of the first module that has it; None if the commit has none."""
    for module in modules:
        try:
            return getattr(import_module(module), name)
        except (ImportError, AttributeError):
            continue
    return None


def make(name: str, **values: Any) -> Any:
    """A value of `scraper.types`, without the fields that the commit does not know."""
    cls = find(name, "scraper.types")
    return cls(**{field.name: values[field.name] for field in fields(cls) if field.name in values})


def page(url: str, paragraphs: tuple[str, ...], at: datetime, asked: str = "") -> Any:
    """A page as a server sent it; `asked` is the URL that redirected to the page."""
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    headers: tuple[tuple[str, str], ...] = (("content-type", "text/html; charset=utf-8"), ("etag", '"1"'))
    for constant, value, marked in INVENTED:
        if marked == url:
            header = find(constant, "scraper.types", "scraper.content", "scraper.reply", "scraper.whole")
            headers += ((header, value),) if header else ()
    html = f"<!doctype html><html><title>{url}</title><ul>{NAVIGATION}</ul><article>{body}</article></html>"
    sent = {"status": 200, "headers": headers, "body": html.encode(), "fetched_at": at}
    return make("Page", url=asked or url, final_url=url, **sent, cut_short=url == FERRY, from_feed=url == MINATO)


def article(url: str, paragraphs: tuple[str, ...]) -> Any:
    """The article of a page."""
    blocks = tuple(make("Block", kind="paragraph", text=text, position=at) for at, text in enumerate(paragraphs))
    return make(
        "Article",
        url=url,
        canonical_url=url,
        site="",
        title=paragraphs[0][:30],
        authors=("Ada Quill", "José Ríos"),
        contributors=(),
        published=START,
        modified=None,
        language="",
        description="",
        section="Local",
        tags=("harbour",),
        image="",
        free=None,
        blocks=blocks,
    )


def visit(url: str, paragraphs: tuple[str, ...], at: datetime) -> Any:
    """A page that was fetched, with its article and two removals; without paragraphs, a page that gives no text."""
    source = url.split("/")[2].removeprefix("www.").partition(".")[0]
    removals = (
        make("Removal", rule_id="promo.almanac", stage="text", kind="promo", position=20, text=PROMO),
        make("Removal", rule_id="scorer", stage="page", kind="other", position=21, text="Share this page"),
    )
    found = make(
        "Extraction",
        article=article(url, paragraphs) if paragraphs else None,
        removals=removals if paragraphs else (),
        chrome=(make("Removal", rule_id="outside", stage="page", kind="navigation", position=30, text=MENU),),
        rules_hash="rules-1",
        quality=make("Quality", verdict="ok" if paragraphs else "empty"),
    )
    parts = (page(f"{url}?page=2", ("The last paragraph stands on a second page.",), at),) if url == BRIDGE else ()
    asked = REDIRECTING if url == WIRE else url
    link, got = make("Link", url=asked, source=source), page(url, paragraphs, at, asked)
    return make("Fetched", link=link, page=got, extraction=found, signals=("noai",), parts=parts)


def failure(url: str, status: int) -> Any:
    """A page that could not be fetched."""
    link = make("Link", url=url, source="herald")
    return make("Failure", link=link, kind="status", detail=f"HTTP {status}", status=status)


def first_run(at: datetime) -> list[Any]:
    """All articles, a failed link, a gone link, a feed, a paused host."""
    feed = (("https://herald.example/feed", make("Known", etag='"f"', fetched_at=at)),)
    outcomes = [make("SourceRead", source="herald", found=5, wanted=5, validators=feed)]
    outcomes += [visit(url, TEXTS[url], at) for url in (HARBOUR, BRIDGE, FERRY, WIRE, MINATO)]
    outcomes += [failure(FAILED, 500), failure(GONE, 410)]
    if find("HostPaused", "scraper.types"):
        until = at + timedelta(hours=1)
        outcomes.append(make("HostPaused", host="https://slow.example:443", until=until, reason="status"))
    return outcomes


def second_run(at: datetime) -> list[Any]:
    """A revision, and a page that did not change."""
    unchanged = make("Unchanged", link=make("Link", url=REDIRECTING, source="coast"))
    return [visit(HARBOUR, REVISED, at), unchanged]


def third_run(at: datetime) -> list[Any]:
    """Pages that give no text any more, which raises an alarm."""
    return [visit(url, (), at) for url in (HARBOUR, BRIDGE, FERRY)]


def fourth_run(at: datetime) -> list[Any]:
    """An article whose page is gone."""
    return [failure(FERRY, 410)]


def fill(path: Path) -> None:
    """Make the archive in four runs, a week apart."""
    archive_class = find("Archive", "archive.store.archive", "archive.store")
    restore = find("change_ledger", "archive.ledger.restore", "archive.restore")
    evaluate = find("evaluate", "archive.monitoring.alarms")
    with archive_class.open(path, create=True) as archive:
        for number, outcomes in enumerate((first_run, second_run, third_run, fourth_run)):
            at = START + timedelta(days=7 * number)
            run = archive.start_run(at=at, sources="sources.toml")
            for outcome in outcomes(at):
                archive.save(outcome, run=run, at=at)
            archive.finish_run(run, at=at + timedelta(minutes=1), counts={"new": 5})
            if number == 1 and restore:
                restore(archive, archive.article(BRIDGE).id, (1,), run=run, at=at, undo=False)
            if evaluate:
                evaluate(archive, run, at=at)
            elif hasattr(archive, "reckon"):
                archive.reckon(run, at=at)


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
