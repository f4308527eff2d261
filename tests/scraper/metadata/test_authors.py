"""Names in bylines, and the choice of a page's authors."""

from __future__ import annotations

import pytest
from hypothesis import given
from selectolax.lexbor import LexborHTMLParser

from scraper.metadata.bylines import read_byline
from scraper.metadata.shown_authors import AUTHOR_PAGE, links_to_authors
from tests.scraper.metadata.support import SOUP, british, read

BYLINES = {
    "By Jane Doe and John Smith, Reuters | Staff Writer": ("Jane Doe", "John Smith"),
    "BY JANE DOE": ("Jane Doe",),
    "by Alyssa Newcomb": ("Alyssa Newcomb",),
    "Written by: Jane Doe, Senior Editor": ("Jane Doe",),
    "By Jane Doe, John Smith & Ana María López": ("Jane Doe", "John Smith", "Ana María López"),
    "By Jane Doe Jr., in London": ("Jane Doe Jr",),
    "By Jane Doe • Updated 3 May 2024": ("Jane Doe",),
    "By Dr. Jane Doe, MD, PhD": ("Dr. Jane Doe, MD, PhD",),
    "By Jane Doe, Ph.D.": ("Jane Doe, Ph.D.",),
    "By Jane Doe CPP, PSP and Max Else, RD, FAND": ("Jane Doe CPP, PSP", "Max Else, RD, FAND"),
    "By Jane Doe, MD, and Dr. Jane Doe": ("Jane Doe, MD",),
    "By Jane Doe, CNN": ("Jane Doe",),
    "By Jane Ma, Max Else": ("Jane Ma", "Max Else"),
    "By Jane Doe ⋅ Founder and Editor": ("Jane Doe",),
    "By Jane Doe in London": ("Jane Doe",),
    "By Jane Doe View in the paper": ("Jane Doe",),
    "By Jane Doe (jane@planet.example)": ("Jane Doe",),
    "By Sgt. Pepper Salamon and Ramon Kasun": ("Sgt. Pepper Salamon", "Ramon Kasun"),
    "Von Jörg Müller und Anna-Lena Weiß": ("Jörg Müller", "Anna-Lena Weiß"),
    "Par Élodie Martin avec Jean Petit": ("Élodie Martin", "Jean Petit"),
    "Por María García y José Pérez": ("María García", "José Pérez"),
    "Por João da Silva e Ana Costa": ("João da Silva", "Ana Costa"),
    "Di Giulia Rossi": ("Giulia Rossi",),
    "Door Sanne de Vries en Piet Jansen": ("Sanne de Vries", "Piet Jansen"),
    "Av Kari Nordmann og Ola Hansen": ("Kari Nordmann", "Ola Hansen"),
    "Af Mette Holm": ("Mette Holm",),
    "Autor: Jan Kowalski": ("Jan Kowalski",),
    "Автор: Иван Петров и Анна Смирнова": ("Иван Петров", "Анна Смирнова"),
    "Yazan: Ayşe Yılmaz": ("Ayşe Yılmaz",),
    "Daniel Gibson": ("Daniel Gibson",),
    "（责任编辑：王磊）": ("王磊",),
    "김하늘 기자 sky@planet.example": ("김하늘",),
    "김하늘·박준호 기자": ("김하늘", "박준호"),
    "경제부 김하늘, 박준호 기자": ("김하늘", "박준호"),
    "서울 김하늘 기자": ("김하늘",),
    "记者 周桥 吴海": ("周桥", "吴海"),
    "记者：周桥、吴海": ("周桥", "吴海"),
    "本报记者 周桥 通讯员 吴海": ("周桥", "吴海"),
    "记者 周桥 吴海 编辑 郑石": ("周桥", "吴海"),
    "文/周桥 吴海 图/郑石": ("周桥", "吴海"),
    "周　桥 吴海生": ("周桥", "吴海生"),
    "記者周大橋／台北報導": ("周大橋",),
    "記者 周大橋 吳海生": ("周大橋", "吳海生"),
    "山田 太郎": ("山田 太郎",),
    "山田太郎、鈴木花子": ("山田太郎", "鈴木花子"),
    "山田太郎 鈴木花子": ("山田太郎", "鈴木花子"),
    "山田 太郎 鈴木 花子": ("山田 太郎", "鈴木 花子"),
    "文・山田太郎 写真・鈴木花子": ("山田太郎",),
    "【山田太郎、鈴木花子】": ("山田太郎", "鈴木花子"),
    "執筆：山田太郎＝大阪": ("山田太郎",),
    "By Jane Doe Twitter": ("Jane Doe",),
    "Photo of Jane Doe": ("Jane Doe",),
    "JD Jane Doe": ("Jane Doe",),
    "JD Doe Jones": ("JD Doe Jones",),
    "By Jane Doe Jane Doe": ("Jane Doe",),
    "By {{ page.author }}": (),
    "By @janedoe": (),
    "Автор: Админ": (),
    "By Staff": (),
    "By our newsroom": (),
    "Share this article": (),
    "By clicking you agree to our terms": (),
    "": (),
}


@pytest.mark.parametrize(("line", "expected"), BYLINES.items())
def test_a_byline_gives_names(line: str, expected: tuple[str, ...]) -> None:
    assert read_byline(line) == expected


AUTHORS = {
    "strings": ({"author": ["Jane Doe", "jane doe"]}, "", ("Jane Doe",)),
    "names in one string": ({"author": {"name": "Jane Doe, Omar Haddad"}}, "", ("Jane Doe", "Omar Haddad")),
    "people before firms": ({"author": [{"@type": "Organization", "name": "City Wire"}, {"@type": "Person", "name": "Jane Doe"}]}, "", ("Jane Doe",)),
    "an agency alone": ({"author": {"@type": "Organization", "name": "Reuters"}}, "<a rel=author>Max Else</a>", ("Reuters",)),
    "the byline before the site's own name": ({"author": {"@type": "Person", "name": "The Daily Planet"}}, "<p>By Jane Doe</p>", ("Jane Doe",)),
    "a byline that contradicts": ({"author": {"@type": "Person", "name": "Web Uploader"}}, "<p>By Jane Doe</p>", ("Jane Doe",)),
    "no staff": ({"author": {"@type": "Person", "name": "Staff"}}, "", ()),
    "no address": ({"author": {"@type": "Person", "name": "desk@planet.example"}}, "", ()),
    "no profile link": ({"author": "https://www.facebook.com/jane"}, "", ()),
    "a name split over lines": ({}, "<div>By</div><div>Jane Doe</div>", ("Jane Doe",)),
    "a date first": ({}, "<p>3 May 2024 · 4 min read · by Jane Doe</p>", ("Jane Doe",)),
    "no reviewer": ({}, "<p>Reviewed by Max Else</p>", ()),
    "microdata": ({}, "<span itemprop=author><span itemprop=name>Jane Doe</span></span>", ("Jane Doe",)),
    "a byline class": ({}, "<p>A first paragraph of text that has some length to it.</p><div class='post-byline'>Jane Doe</div>", ("Jane Doe",)),
    "a byline with a date that contradicts": ({"author": {"@type": "Person", "name": "Uploader42"}}, "<p>by Jane Doe May 3, 2024</p>", ("Jane Doe",)),
    "a byline with a job that contradicts": ({"author": {"@type": "Person", "name": "Web Uploader"}}, "<p>By Jane Doe, Planet columnist</p>", ("Jane Doe",)),
    "a book's author after the byline": ({}, "<p>by Jane Doe</p><p>Author: Max Else</p>", ("Jane Doe",)),
    "contributions apart": ({}, "<p>By Jane Doe ⋅ Founder</p><p>Contributions from: Max Else</p>", ("Jane Doe",)),
    "contributions alone": ({}, "<p>Contributions from: Max Else</p>", ()),
    "a team that signs": ({"author": {"@type": "Person", "name": "Planet Staff"}}, "", ("Planet Staff",)),
    "a team in a byline": ({}, "<p>By the Planet Team</p>", ("the Planet Team",)),
    "a person before a team": ({"author": [{"@type": "Person", "name": "Planet Staff"}, {"@type": "Person", "name": "Jane Doe"}]}, "", ("Jane Doe",)),
    "no nameless team": ({"author": {"@type": "Person", "name": "Our Editors"}}, "", ()),
    "no job for a name": ({"author": {"@type": "Person", "name": "Staff Clinician"}}, "", ()),
    "an agency beside people": ({"author": [{"@type": "Person", "name": "Jane Doe"}, {"@type": "Organization", "name": "dpa"}]}, "", ("Jane Doe", "dpa")),
    "a pen name on the next line": ({}, "<div>By</div><div>Eliz</div>", ("Eliz",)),
    "no size of text": ({}, "<div>Text</div><div>Small</div>", ()),
    "a team on the next line": ({}, "<div>By</div><div>The Planet Team</div>", ("The Planet Team",)),
    "a house that stands where a byline does": ({}, "<div>The Daily Planet</div><div>3 May 2024</div>", ("The Daily Planet",)),
    "a weekday behind": ({}, "<p>Posted by BeauHD on Friday December 19</p>", ("BeauHD",)),
    "an author box": ({}, f"<p>{'Rain. ' * 40}</p><div class='author-box'><h4>Jane Doe</h4><p>{'She writes. ' * 20}</p></div>", ("Jane Doe",)),
    "an editor's box": ({}, f"<p>{'Rain. ' * 40}</p><div class='author-box editor'><h4>Jane Doe</h4><p>{'She edits. ' * 20}</p></div>", ()),
    "a line at the end": ({}, f"<p>{'Rain. ' * 40}</p><p>{'Wind. ' * 40}</p><p>This post was written by Jane Doe, MD, a doctor.</p>", ("Jane Doe, MD",)),
    "a line that reviews": ({}, f"<p>{'Rain. ' * 40}</p><p>{'Wind. ' * 40}</p><p>This post was reviewed by Jane Doe, MD, a doctor.</p>", ()),
    "a label over a name": ({}, f"<p>{'Rain. ' * 40}</p><p>{'Wind. ' * 40}</p><h3>Author</h3><p>Jane Doe</p>", ("Jane Doe",)),
    "a Korean reporter without a byword": ({}, "<div>입력 2026.02.20 06:00</div><div>김하늘 기자</div>", ("김하늘",)),
    "no reading time": ({}, "<div>3 marzo 2026 alle 11:45</div><div>2 minuti di lettura</div>", ()),
    "a sentence about a reporter": ({}, "<p>김하늘 기자가 어제 항구에서 돌아왔다.</p>", ()),
    "a Chinese author behind date and source": ({}, "<div>2026-03-01 08:30 来源：江岸晚报 作者：陈晓兰</div><p>（责任编辑：王磊）</p>", ("陈晓兰",)),
    "all links of an address": ({}, "<address><a rel=author>Jane Doe</a> and <a rel=author>Max Else</a></address>", ("Jane Doe", "Max Else")),
    "all links of a byline, each in a box": ({}, "<div class=byline><span class=author><a rel=author>Jane Doe</a></span><span class=author><a rel=author>Max Else</a></span></div>", ("Jane Doe", "Max Else")),
    "names in a list without links": ({}, "<ul class=authors><li>Jane Doe</li><li>Max Else</li></ul>", ("Jane Doe", "Max Else")),
    "an author of another story's card": ({}, "<a rel=author>Jane Doe</a><div class=card><a rel=author>Max Else</a></div>", ("Jane Doe",)),
    "a link of a network beside the name": ({}, "<div class=byline><p><a rel=author>Jane Doe</a></p> <a>Twitter</a></div>", ("Jane Doe",)),
    "who checked the facts": ({}, "<div class=byline>By <a href=/author/jane>Jane Doe</a> Fact-checked by <a href=/author/max>Max Else</a> and <a href=/author/bo>Bo Ek</a></div>", ("Jane Doe",)),
    "two in one name of JSON-LD": ({"author": {"@type": "Person", "name": "Jane Doe Max Else"}}, "<p>By Jane Doe and Max Else</p>", ("Jane Doe", "Max Else")),
    "two in one name, linked": ({"author": {"@type": "Person", "name": "Jane Doe Max Else"}}, "<address><a rel=author>Jane Doe</a> <a rel=author>Max Else</a></address>", ("Jane Doe", "Max Else")),
    "one cut in two by JSON-LD": ({"author": "Jane Doe, Earl Grey"}, "<address><a rel=author>Jane Doe Earl Grey</a></address>", ("Jane Doe Earl Grey",)),
    "the first of two in JSON-LD": ({"author": "Jane Doe"}, "<p>By Jane Doe and Max Else</p>", ("Jane Doe", "Max Else")),
    "the first of two, linked": ({"author": "Jane Doe"}, "<div class=byline><a href=/author/jane>Jane Doe</a> <a href=/author/max>Max Else</a></div>", ("Jane Doe", "Max Else")),
    "a place behind the name": ({"author": "Jane Doe"}, "<p>By Jane Doe, Port Harrow</p>", ("Jane Doe",)),
    "an institute behind the name": ({"author": "Jane Doe"}, "<p>By Jane Doe, Institute of Deep Seas and Long Tides</p>", ("Jane Doe",)),
    "the first of two links, the other an editor's": ({"author": "Jane Doe"}, "<div class=byline><a rel=author>Jane Doe</a> Edited by <a rel=author>Max Else</a></div>", ("Jane Doe",)),
    "a template in JSON-LD": ({"author": "{{ page.author }}"}, "<p>By Jane Doe</p>", ("Jane Doe",)),
    "a label in a class for authors": ({}, "<span class=author>著者</span>", ()),
    "a desk in its language": ({"author": "编辑部"}, "", ()),
    "a handle": ({"author": "@dailyplanet"}, "", ()),
    "a public body with an and": ({"author": {"@type": "Organization", "name": "Centre for Ports and Tides"}}, "", ("Centre for Ports and Tides",)),
    "no commenter": ({}, "<div class=comments><div class='comment-author'>Max Else</div></div>", ()),
}  # fmt: skip


@pytest.mark.parametrize(("ld", "body", "expected"), AUTHORS.values(), ids=AUTHORS.keys())
def test_authors_are_chosen(ld: dict[str, object], body: str, expected: tuple[str, ...]) -> None:
    node = {"@type": "Article", "headline": "Old bridge reopens", **ld}
    html = british(
        head="<meta property=og:site_name content='The Daily Planet'>",
        ld=node,
        body=f"<h1>Old bridge reopens</h1>{body}",
    )
    assert read(html).authors == expected


def test_a_site_named_after_its_owner_names_the_author() -> None:
    assert read(
        british(head='<meta property=og:site_name content="Jane Doe\'s blog">', body="<h1>Rain</h1>")
    ).authors == ("Jane Doe",)
    assert read(british(head="<meta property=og:site_name content='Jane Doe'>", body="<h1>Rain</h1>")).authors == ()


@given(SOUP)
def test_any_text_can_be_a_byline(text: str) -> None:
    assert all(name.strip() for name in read_byline(text))


def test_a_library_tag_has_the_surname_first() -> None:
    tags = "<meta name=citation_author content='Doe, Jane M.'><meta name=citation_author content='Max Else'>"
    assert read(british(head=tags)).authors == ("Jane M. Doe", "Max Else")


def test_links_to_pages_of_authors_are_found_once_each_in_page_order() -> None:
    hrefs = ("/a", "/AUTHOR/jane", "/x/author/y/autor/z", "", "/authority", "/staff", "/Staff/İ", "https://x/writer")
    tree = LexborHTMLParser("".join(f'<a href="{href}">{place}</a>' for place, href in enumerate(hrefs)))
    links = tree.css("a")
    assert [node.text() for node in links_to_authors(links)] == ["1", "2", "4", "6", "7"]
    assert {node.mem_id for node in links_to_authors(links)} == {node.mem_id for node in tree.css(AUTHOR_PAGE)}
