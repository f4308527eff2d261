"""Articles as one book: EPUB 3.3 (https://www.w3.org/TR/epub-33/), a chapter per article, the newest first.

The same articles give the same bytes: nothing in a book comes from a clock, and its parts carry the first date of the zip format.
Chapters are written one at a time; of each only its title stays in memory.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from uuid import NAMESPACE_URL, uuid5
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from lxml import etree

from archive.formats.feeds import NEVER, FeedFacts, entry_id
from archive.formats.html_body import add_blocks, safe_url, scrubbed
from archive.output.text_choice import DEFAULT, TextChoice
from archive.store.columns import iso

if TYPE_CHECKING:
    from archive.formats.newest import DatedArticle

XHTML: Final = "http://www.w3.org/1999/xhtml"
OPS: Final = "http://www.idpf.org/2007/ops"
OPF: Final = "http://www.idpf.org/2007/opf"
DC: Final = "http://purl.org/dc/elements/1.1/"
CONTAINER_NS: Final = "urn:oasis:names:tc:opendocument:xmlns:container"
XML: Final = "{http://www.w3.org/XML/1998/namespace}"
ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)
LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
"""A language tag (BCP 47), near enough. Pages also name "english" or "x"."""
UNKNOWN_LANGUAGE: Final = "und"
CONTAINER: Final = f"""<?xml version="1.0" encoding="utf-8"?>
<container xmlns="{CONTAINER_NS}" version="1.0"><rootfiles>
<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>
"""
STYLE: Final = """\
body { line-height: 1.4; margin: 1em; }
h1 { line-height: 1.2; }
.facts, .source { font-size: .85em; opacity: .8; }
td, th { border: 1px solid; padding: .2em .4em; text-align: start; }
pre { white-space: pre-wrap; }
"""


@dataclass(frozen=True, slots=True)
class Chapter:
    """What a book's navigation and package say of an article."""

    file: str
    title: str
    language: str
    revised_at: datetime
    key: str


def write_epub(
    articles: Iterable[DatedArticle], out: BinaryIO, choice: TextChoice = DEFAULT, *, facts: FeedFacts
) -> int:
    """Write a book. Returns the number of articles. An output that cannot seek gets a copy of a temporary file."""
    if not out.seekable():
        with tempfile.TemporaryFile() as spool:
            count = write_epub(articles, spool, choice, facts=facts)
            spool.seek(0)
            shutil.copyfileobj(spool, out)
        return count
    with ZipFile(out, "w") as book:
        add_part(
            book, "mimetype", b"application/epub+zip", stored=True
        )  # first and plain: a reader knows the file by it
        add_part(book, "META-INF/container.xml", CONTAINER.encode())
        chapters = [
            add_chapter(book, dated, choice, f"article-{number:05}.xhtml") for number, dated in enumerate(articles, 1)
        ]
        add_part(book, "EPUB/style.css", STYLE.encode())
        add_part(book, "EPUB/nav.xhtml", navigation(chapters, facts.title))
        add_part(book, "EPUB/package.opf", package(chapters, facts))
    return len(chapters)


def add_part(book: ZipFile, name: str, content: bytes, *, stored: bool = False) -> None:
    """Add a file to the book."""
    part = ZipInfo(name, ZIP_DATE)
    part.compress_type = ZIP_STORED if stored else ZIP_DEFLATED
    part.create_system = 3  # of Unix everywhere, so that the bytes do not depend on the system
    part.external_attr = 0o644 << 16
    book.writestr(part, content)


def add_chapter(book: ZipFile, dated: DatedArticle, choice: TextChoice, file: str) -> Chapter:
    """Write an article's chapter."""
    article = dated.stored.article
    language = article.language if LANGUAGE.fullmatch(article.language) else UNKNOWN_LANGUAGE
    title = " ".join(scrubbed(article.title).split()) or article.url
    page, body = xhtml_page(title, language)
    etree.SubElement(body, "h1").text = title
    day = article.published.date().isoformat() if article.published else ""
    signed = " · ".join(filter(None, (", ".join(article.authors), article.site, day)))
    etree.SubElement(body, "p", {"class": "facts"}).text = scrubbed(signed)
    kinds = choice.kinds(article)
    add_blocks(body, (block for block in article.blocks if block.kind in kinds))
    source = etree.SubElement(body, "p", {"class": "source"})
    if address := safe_url(article.url):
        source = etree.SubElement(source, "a", href=address)
    source.text = scrubbed(article.url)
    add_part(book, f"EPUB/{file}", as_xhtml(page))
    return Chapter(file, title, language, dated.revised_at, f"{entry_id(article.url)} {iso(dated.revised_at)}")


def xhtml_page(title: str, language: str) -> tuple[Any, Any]:
    """A page and its body. The direction of each text is that of its first letter."""
    page = etree.Element("html", {"lang": language, f"{XML}lang": language})
    head = etree.SubElement(page, "head")
    etree.SubElement(head, "title").text = title
    etree.SubElement(head, "link", rel="stylesheet", type="text/css", href="style.css")
    return page, etree.SubElement(page, "body", dir="auto")


def as_xhtml(page: Any) -> bytes:
    """The page as XHTML, its elements in the namespace."""
    root = etree.Element(f"{{{XHTML}}}html", page.attrib, nsmap={None: XHTML, "epub": OPS})
    root.extend([*page])
    for element in root.iter(etree.Element):
        if not element.tag.startswith("{"):
            element.tag = f"{{{XHTML}}}{element.tag}"
    return serialized(root, doctype="<!DOCTYPE html>")


def serialized(root: Any, **options: str) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", **options)) + b"\n"


def navigation(chapters: Sequence[Chapter], title: str) -> bytes:
    """The list of contents, which is also the first page to read."""
    page, body = xhtml_page(title, book_languages(chapters)[0])
    nav = etree.SubElement(body, "nav", {f"{{{OPS}}}type": "toc", "id": "toc"})
    etree.SubElement(nav, "h1").text = title
    entries = etree.SubElement(nav, "ol")
    for chapter in chapters:
        entry = etree.SubElement(entries, "li")
        etree.SubElement(entry, "a", {"href": chapter.file, f"{XML}lang": chapter.language}).text = chapter.title
    if not chapters:
        etree.SubElement(etree.SubElement(entries, "li"), "a", href="nav.xhtml").text = "No articles"
    return as_xhtml(page)


def package(chapters: Sequence[Chapter], facts: FeedFacts) -> bytes:
    """The package document: what the book is, its files and their order. Its id names exactly these texts."""
    root = etree.Element(
        f"{{{OPF}}}package", {"version": "3.0", "unique-identifier": "id"}, nsmap={None: OPF, "dc": DC}
    )
    metadata = etree.SubElement(root, f"{{{OPF}}}metadata")
    book_id = uuid5(NAMESPACE_URL, "\n".join((facts.id.urn, *(chapter.key for chapter in chapters)))).urn
    etree.SubElement(metadata, f"{{{DC}}}identifier", id="id").text = book_id
    etree.SubElement(metadata, f"{{{DC}}}title").text = scrubbed(facts.title)
    for language in book_languages(chapters):
        etree.SubElement(metadata, f"{{{DC}}}language").text = language
    changed = iso(max((chapter.revised_at for chapter in chapters), default=NEVER))
    etree.SubElement(metadata, f"{{{OPF}}}meta", property="dcterms:modified").text = changed
    manifest, spine = (etree.SubElement(root, f"{{{OPF}}}{tag}") for tag in ("manifest", "spine"))
    xhtml = "application/xhtml+xml"
    add_item(manifest, "style", "style.css", "text/css")
    add_item(manifest, "nav", "nav.xhtml", xhtml, properties="nav")
    for chapter in chapters:
        add_item(manifest, chapter.file.removesuffix(".xhtml"), chapter.file, xhtml)
    for name in ("nav", *(chapter.file.removesuffix(".xhtml") for chapter in chapters)):
        etree.SubElement(spine, f"{{{OPF}}}itemref", idref=name)
    return serialized(root)


def add_item(manifest: Any, name: str, file: str, media_type: str, **more: str) -> None:
    etree.SubElement(manifest, f"{{{OPF}}}item", {"id": name, "href": file, "media-type": media_type, **more})


def book_languages(chapters: Iterable[Chapter]) -> list[str]:
    """The languages of the chapters, the commonest first; at least one."""
    counts = Counter(chapter.language for chapter in chapters)
    return sorted(counts, key=lambda code: (-counts[code], code)) or [UNKNOWN_LANGUAGE]
