"""Made pages: the sentences of a labelled page in other layouts, of any length, with a short last line.

The corpora hold few long pages, live blogs and texts in split elements, and a network would learn that a text is short. Beside the text stand what sites put there: a menu, comments, a gallery of other stories, a blurb of the site.
Everything is drawn by the page's id, so a page is made alike each time; nothing is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from random import Random
from typing import Final, NamedTuple
from zlib import crc32

from scraper.text.words import fold
from scraper.types import Page
from tests.bench.train.labels import Labelled
from tests.scraper.rules import sentence_sets
from tests.support.pages import page

EVERY: Final = 2
"""One labelled page in so many is made anew."""
MIN_SENTENCES: Final = 10
MIN_PARAGRAPHS, MAX_PARAGRAPHS = 5, 100
MAX_LAST_WORDS: Final = 35
MIN_SENTENCE_WORDS: Final = 3
STRANGERS: Final = frozenset(("related", "comment", "promo", "newsletter"))
"""Labels of texts that stand for other stories, comments and what a site says of itself."""
SENTENCE: Final = re.compile(r"(?<=[.!?…])[”’\"»]?\s+|(?<=[。！？])")
WOVEN: Final = frozenset(("related", "promo", "newsletter", "social", "ad", "paywall"))
"""Labels of lines that sites weave into an article's text."""
MAX_LINE_WORDS: Final = 40
LINKED_SHARE: Final = 0.7
BARE_SHARE: Final = 0.15
NAMES: Final = (
    "",
    "",
    "text",
    "content",
    "entry",
    "story-part",
    "chunk",
    "section",
    "list_item item_text",
    "wrap",
    "col-8",
    "css-1x2y3z",
)
COMMENT_NAMES: Final = ("comments", "commentlist", "discussion", "reader-posts", "replies", "")
GALLERY_NAMES: Final = ("gallery", "slideshow", "photo-gallery", "pictures", "carousel")


class Part(NamedTuple):
    """A text of a made page with its label."""

    text: str
    label: str


@dataclass(slots=True)
class Maker:
    """Writes a page's HTML, and remembers the texts that it shows with their labels."""

    random: Random
    sentences: Sequence[str]
    strangers: Sequence[str]
    lines: Sequence[Part]
    parts: list[Part] = field(default_factory=list)

    def paragraph(self, part: Part) -> str:
        """A paragraph; one that sends the reader elsewhere is often a link."""
        text = self.show(*part)
        is_link = part.label == "related" and self.random.random() < LINKED_SHARE
        return f'<p><a href="/{len(self.parts)}">{text}</a></p>' if is_link else f"<p>{text}</p>"

    def woven(self) -> list[Part]:
        """The paragraphs, in most pages with foreign lines among them, and with sentences that use such lines' words."""
        found = [Part(text, "body") for text in self.paragraphs()]
        for _ in range(self.random.choice((0, 1, 2, 3))):
            line = self.random.choice(self.random.choice((self.lines, near_misses(), near_misses())) or near_misses())
            found.insert(self.random.randint(1, len(found)), line)
        return found

    def show(self, text: str, label: str) -> str:
        self.parts.append(Part(text, label))
        return escape(text)

    def paragraphs(self) -> list[str]:
        """Sentences in twos and threes, and a last line of few words."""
        count = self.random.choice((MIN_PARAGRAPHS, 8, 12, 20, 40, 70, MAX_PARAGRAPHS))
        order = list(self.sentences)
        found: list[str] = []
        while order and len(found) < count:
            size = self.random.choice((1, 1, 2, 3))
            found.append(" ".join(order[:size]))
            del order[:size]
        words = self.random.choice(self.sentences).split()[: self.random.randint(1, MAX_LAST_WORDS)]
        return [*found, " ".join(words).rstrip(",;:.") + "."]

    def name(self, names: Sequence[str]) -> str:
        own = self.random.choice(names)
        return f' class="{own}"' if own else ""

    def phrase(self, texts: Sequence[str], words: int = 6) -> str:
        return " ".join(self.random.choice(texts).split()[:words]).rstrip(",;:.")


def made_page(key: str, site: str, blocks: Sequence[Part]) -> tuple[Page, Labelled] | None:
    """A page made of the labelled blocks of another, with its labels; None for most pages, and for those of few sentences."""
    if crc32(key.encode()) % EVERY:
        return None
    own = [text for text, label in blocks if label == "body"]
    sentences = [one.strip() for text in own for one in SENTENCE.split(text) if len(one.split()) > MIN_SENTENCE_WORDS]
    strangers = [text for text, label in blocks if label in STRANGERS and len(text.split()) > MIN_SENTENCE_WORDS]
    if len(sentences) < MIN_SENTENCES:
        return None
    lines = [
        part for part in blocks if part.label in WOVEN and MIN_SENTENCE_WORDS < len(part.text.split()) <= MAX_LINE_WORDS
    ]
    maker = Maker(Random(crc32(key.encode())), sentences, strangers or sentences[:3], lines)
    html = make_html(maker)
    labelled = Labelled(
        keys=tuple(fold(part.text) for part in maker.parts),
        labels=tuple(part.label for part in maker.parts),
        doubted=(False,) * len(maker.parts),
        has_words=True,
    )
    return page(html.encode(), url=f"https://{site}/news/{maker.random.randint(1000, 9999)}"), labelled


def make_html(maker: Maker) -> str:
    """A page in a layout and with things around the text that are drawn at random; some hold a few paragraphs and no more."""
    if maker.random.random() < BARE_SHARE:
        text = "".join(map(maker.paragraph, maker.woven()[: maker.random.choice((1, 1, 2, 3, 6))]))
        return maker.random.choice(("<article>{}</article>", "{}", "<html><body>{}</body></html>")).format(text)
    head = maker.phrase(maker.sentences, 9)
    menu = f'<nav><a href="/">{maker.show("Home", "nav")}</a></nav>'
    before = maker.random.choice(BEFORE)(maker)
    heading = f"<h1>{maker.show(head, 'title')}</h1>"
    text = maker.random.choice(LAYOUTS)(maker)
    after = maker.random.choice(AFTER)(maker)
    foot = f"<footer><p>{maker.show('© 2026 All rights reserved.', 'legal')}</p></footer>"
    holder = maker.random.choice(("article", "main", "div"))
    within, beyond = (after, "") if maker.random.random() < 0.5 else ("", after)
    body = f"<{holder}{maker.name(NAMES)}>{heading}{text}{within}</{holder}>{beyond}"
    return f"<html><head><title>{escape(head)}</title></head><body>{menu}{before}{body}{foot}</body></html>"


@cache
def near_misses() -> list[Part]:
    """Sentences of articles with the words of boilerplate."""
    return [Part(sentence.text, "body") for sentence in sentence_sets.sentences()]


def in_paragraphs(maker: Maker) -> str:
    return "".join(map(maker.paragraph, maker.woven()))


def in_lines(maker: Maker) -> str:
    return f"<div{maker.name(NAMES)}>" + "<br><br>".join(maker.show(*part) for part in maker.woven()) + "</div>"


def in_split_elements(maker: Maker) -> str:
    """A few paragraphs an element, and often the last one alone in its own."""
    name, paragraphs, html = maker.name(NAMES), maker.woven(), ""
    while paragraphs:
        size = min(maker.random.choice((1, 2, 4, 6)), max(len(paragraphs) - 1, 1))
        html += f"<div{name}>" + "".join(map(maker.paragraph, paragraphs[:size])) + "</div>"
        del paragraphs[:size]
    return html


def in_items(maker: Maker) -> str:
    """A list article: numbered headings, each with a text and a few facts."""
    html = ""
    for number, text in enumerate(maker.paragraphs(), start=1):
        label = maker.random.choice(("", f"{number}. ", f"{number}) "))
        html += (
            f"<h2>{maker.show(label + maker.phrase(maker.sentences), 'heading')}</h2><p>{maker.show(text, 'body')}</p>"
        )
        if maker.random.random() < 0.3:
            html += (
                "<ul>"
                + "".join(f"<li>{maker.show(maker.phrase(maker.sentences, 3), 'list')}</li>" for _ in range(3))
                + "</ul>"
            )
    return html + f"<p>{maker.show(maker.paragraphs()[-1], 'body')}</p>"


def in_one_list(maker: Maker) -> str:
    tag = maker.random.choice(("ol", "ul"))
    opening, *rest = maker.paragraphs()
    return (
        f"<p>{maker.show(opening, 'body')}</p><{tag}>"
        + "".join(f"<li>{maker.show(text, 'list')}</li>" for text in rest)
        + f"</{tag}>"
    )


def in_posts(maker: Maker) -> str:
    """A live blog: posts with a time, most with a heading."""
    tag, name = (
        maker.random.choice(("article", "div", "li", "section")),
        maker.name(("post", "entry", "live-post", "update", "liveblog-item", "")),
    )
    html, minute = "", maker.random.randint(700, 1300)
    for text in maker.paragraphs():
        minute -= maker.random.randint(1, 40)
        clock = f"{minute // 60 % 24:02}:{minute % 60:02}"
        html += f"<{tag}{name}><time>{maker.show(clock, 'stamp')}</time>"
        if maker.random.random() < 0.6:
            html += f"<h2>{maker.show(maker.phrase(maker.sentences), 'heading')}</h2>"
        html += f"<p>{maker.show(text, 'body')}</p></{tag}>"
    return f"<div{maker.name(('liveblog', 'timeline', 'updates', ''))}>{html}</div>"


def in_tables(maker: Maker) -> str:
    """Paragraphs with tables of facts and listings of code between them."""
    html = ""
    for place, part in enumerate(maker.woven()):
        html += maker.paragraph(part)
        if place % 5 == 2:
            rows = ((maker.phrase(maker.sentences, 2), str(maker.random.randint(2, 9999))) for _ in range(4))
            cells = "".join(
                f"<tr><td>{maker.show(one, 'table')}</td><td>{maker.show(two, 'table')}</td></tr>" for one, two in rows
            )
            html += f"<table>{cells}</table>"
    return html


def nothing(maker: Maker) -> str:
    return ""


def blurb(maker: Maker) -> str:
    """What a site says of itself, in its header, at length."""
    text = " ".join(maker.random.sample(list(maker.strangers), min(len(maker.strangers), maker.random.randint(1, 4))))
    return (
        f"<header><div{maker.name(('desc', 'tagline', 'about', ''))}><p>{maker.show(text, 'other')}</p></div></header>"
    )


def comments(maker: Maker) -> str:
    """Comments, often longer than the article, in markup of many ages."""
    tag, item = maker.random.choice((("ol", "li"), ("div", "div"), ("dl", "dd"), ("ul", "li")))
    count = maker.random.choice((3, 10, 40))
    html = f"<h3>{maker.show(f'{count} Comments', 'comment')}</h3><{tag}{maker.name(COMMENT_NAMES)}>"
    for number in range(count):
        text = f"{maker.phrase(maker.sentences, 4)} {maker.random.choice(maker.strangers)}"
        html += (
            f"<{item}><b>{maker.show(f'Reader {number}', 'comment')}</b><p>{maker.show(text, 'comment')}</p>"
            f"<p>{maker.show(f'March {number % 28 + 1}, 2009 at 5:4{number % 10} pm', 'comment')}</p></{item}>"
        )
    return f"{html}</{tag}>"


def nameless_comments(maker: Maker) -> str:
    """Comments without names of elements, as old sites have them: who wrote when, and what."""
    count, row = maker.random.choice((5, 15, 40)), maker.random.choice(("div", "p", "td"))
    html = f"<h3>{maker.show(maker.random.choice(('Comments', 'Kommentare', f'{count} Comments', 'Commentaires')), 'comment')}</h3>"
    for number in range(count):
        said = maker.random.choice(("wrote on", "says:", "schrieb am", "said", "a écrit le"))
        text = f"{maker.phrase(maker.sentences, 4)} {maker.random.choice(maker.strangers)}"
        who = f"Reader {number} {said} 3.{number % 12 + 1}.2008"
        if row == "td":
            html += (
                f"<table><tr><td>{maker.show(who, 'comment')}</td><td>{maker.show(text, 'comment')}</td></tr></table>"
            )
        else:
            html += f"<{row}><b>{maker.show(who, 'comment')}</b></{row}><{row}>{maker.show(text, 'comment')}</{row}>"
    return html


def closing(maker: Maker) -> str:
    """What stands right below a text: who wrote it, where the site is, its topics, how to share it."""
    name = maker.phrase(maker.sentences, 2).title()
    lines = (
        ("<p><em>{}</em></p>", f"{name} writes about {maker.phrase(maker.sentences, 3)}.", "byline"),
        (
            "<p>{}</p>",
            f"{name} Street {maker.random.randint(1, 99)}, {maker.phrase(maker.sentences, 1).title()}",
            "other",
        ),
        ("<p>{}</p>", f"Topics: {maker.phrase(maker.sentences, 1)}, {maker.phrase(maker.sentences, 1)}", "tags"),
        ("<div>{}</div>", maker.random.choice(("Share this story", "Share", "Tweet", "Print")), "social"),
        ("<p><i>{}</i></p>", f"Contact {name} at {name.split()[0].lower()}@paper.example", "byline"),
    )
    shape, text, label = maker.random.choice(lines)
    return shape.format(maker.show(text, label))


def gallery(maker: Maker) -> str:
    """Pictures of other stories, each with a counter, a headline and a sentence."""
    count = maker.random.randint(3, 12)
    html = f"<div{maker.name(GALLERY_NAMES)}><h2>{maker.show('In pictures', 'related')}</h2>"
    for number in range(1, count + 1):
        counter = maker.random.choice((f"{number}/{count}", f"{number} / {count}", f"{number} of {count}"))
        html += (
            f"<div{maker.name(('slide', 'item', ''))}><h3>{maker.show(f'{counter} {maker.phrase(maker.strangers)}', 'related')}</h3>"
            f"<p>{maker.show(maker.random.choice(maker.strangers), 'related')}</p></div>"
        )
    return f"{html}</div>"


def archive_labels(maker: Maker) -> str:
    """The rail of a blog: labels, an archive by month, and the author."""
    rows = "".join(f'<li><a href="/{year}">{maker.show(str(year), "nav")}</a></li>' for year in range(2004, 2012))
    return f"<div class='widget'><h2>{maker.show('Blog Archive', 'nav')}</h2><ul>{rows}</ul></div>"


LAYOUTS: Final[tuple[Callable[[Maker], str], ...]] = (
    in_paragraphs, in_lines, in_split_elements, in_split_elements, in_items, in_one_list, in_posts, in_posts, in_tables,
)  # fmt: skip
BEFORE: Final[tuple[Callable[[Maker], str], ...]] = (nothing, nothing, nothing, blurb)
AFTER: Final[tuple[Callable[[Maker], str], ...]] = (
    nothing, nothing, nothing, closing, closing, comments, nameless_comments, gallery, archive_labels,
)  # fmt: skip
