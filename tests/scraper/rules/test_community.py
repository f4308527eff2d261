"""Community site rules: each line becomes a rule, is named as unused, or is a fault with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from scraper.errors import RuleError
from scraper.rules.community import as_toml_rows, host_of_file, parse_site_file
from scraper.rules.loader import parse_rules
from scraper.rules.matching import mark_elements
from scraper.rules.model import Rule
from scraper.rules.page_links import find_page_link
from scraper.rules.ruleset import RuleSet
from scraper.rules.xpath import PageTree
from scraper.rules.xpath_as_css import as_css

FILE = """# a comment
title: //h1
body: //div[@class='story']
strip: //p[contains(., 'Read next')]
strip_id_or_class: promo-
next_page_link: //a[@class='next']/@href
single_page_link: concat('/print/', //article/@data-id)
if_page_contains: //b
strip: //div[
strip:
prunee: yes
just words
replace_string(<i>): <em>
"""

PAGE = """<body><article data-id="7"><div class="story"><p>One.</p><p>Read next: <a href="/x">the tide</a></p>
<p class="promo-app">Our app</p></div><v:x a"b="1">odd</v:x><a class="next" href="/story/2">More</a></article></body>"""


def parsed(text: str) -> tuple[Rule, ...]:
    return parse_site_file(text.encode(), name="example.com.txt", host="example.com").rules


def test_each_line_is_a_rule_or_is_accounted_for() -> None:
    found = parse_site_file(FILE.encode(), name="example.com.txt", host="example.com")
    assert [(rule.line, rule.stage, rule.kind, rule.pattern) for rule in found.rules] == [
        (3, "element", "body", 'div[class="story"]'),
        (4, "element", "other", "//p[contains(., 'Read next')]"),
        (5, "element", "promo", '[class*="promo-"], [id*="promo-"]'),
        (6, "link", "next-page", "//a[@class='next']/@href"),
    ]
    assert dict(found.unused) == {"title": 1, "replace_string": 1}
    assert [(fault.line, fault.reason.partition(" (")[0]) for fault in found.faults] == [
        (8, "a condition, which no rule of ours has; its link is left out"),
        (9, "bad XPath"),
        (10, "the value is empty"),
        (11, "unknown directive"),
        (12, "no directive"),
    ]
    assert str(found.faults[3]) == "example.com.txt: line 11: unknown directive: prunee: yes"


def test_the_rows_are_a_rule_file() -> None:
    rules = parsed(FILE)
    rows = "\n".join(as_toml_rows(rules, quote=lambda value: repr(list(value) if isinstance(value, tuple) else value)))
    rows = rows.replace("\"//p[contains(., 'Read next')]\"", "'''//p[contains(., 'Read next')]'''")
    assert [rule.pattern for rule in parse_rules(rows, origin="x.toml")] == [rule.pattern for rule in rules]


@pytest.mark.parametrize(
    ("xpath", "css"),
    [
        ("//div[@class='a b']", 'div[class="a b"]'),
        ('//*[@id="x"]/p | //footer', '[id="x"] > p, footer'),
        ("//div[contains(@class, 'ad')]//a[starts-with(@href, '/go')]", 'div[class*="ad"] a[href^="/go"]'),
        ("//p[contains(concat(' ', normalize-space(@class), ' '), ' promo ')]", "p.promo"),
        ("//p[not(@class) and (@id)]", "p:not([class])[id]"),
        ("/html/body/div", "html > body > div"),
        ("//div[1]", ""),
        ("//p[.='x']", ""),
        ("//a/@href", ""),
        ("//a/parent::p", ""),
        ("//div[@a='x' or @b='y']", ""),
        ("//div[@a='x'", ""),
        ("/div", ""),
    ],
)
def test_xpath_is_css_where_it_means_the_same(xpath: str, css: str) -> None:
    assert as_css(xpath) == css
    if css:
        page = LexborHTMLParser(
            "<div class='a b' id=x><p id=q>1</p><p class='promo x'>2</p></div><div class='bad ad'><p><a href='/go/1'>3</a></p></div><footer>4</footer>"
        )
        by_css = [node.mem_id for node in page.css(css)]
        assert by_css == [node.mem_id for node in PageTree(page).elements(xpath)]
        assert by_css


def test_an_xpath_rule_marks_the_elements_of_the_page() -> None:
    tree = LexborHTMLParser(PAGE)
    marks = mark_elements(tree, RuleSet(rule for rule in parsed(FILE) if rule.stage == "element"))
    texts = {
        (node.text() or "").strip()[:4]: marks.nodes[node.mem_id].line
        for node in tree.css("*")
        if node.mem_id in marks.nodes
    }
    assert texts == {"One.": 3, "Read": 4, "Our ": 5}


@pytest.mark.parametrize("first", ["//p[contains(., 'tide')]", "//p"])
def test_the_first_of_two_rules_names_an_element_whether_css_or_xpath(first: str) -> None:
    other = "//p" if "(" in first else "//p[contains(., 'tide')]"
    rules = parsed(f"strip: {first}[not(@id)]\nstrip: {other}[not(@id)]\n")
    tree = LexborHTMLParser("<div><p>The tide.</p></div>")
    assert [rule.line for rule in mark_elements(tree, RuleSet(rules)).nodes.values()] == [1]


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("next_page_link: //a[@class='next']", "https://example.com/story/2"),
        ("next_page_link: //a[contains(., 'More')]/@href", "https://example.com/story/2"),
        ("next_page_link: concat('/print/', //article/@data-id)", "https://example.com/print/7"),
        ("next_page_link: //a[@class='none']", ""),
        ("next_page_link: concat('https://other.example/', //article/@data-id)", ""),
    ],
)
def test_a_link_rule_gives_the_address_of_a_page_of_its_site(line: str, url: str) -> None:
    rules = RuleSet(parsed(line))
    tree = LexborHTMLParser(PAGE)
    assert find_page_link(tree, "https://www.example.com/story", rules, "next-page") == url.replace(
        "//example", "//www.example"
    )
    assert find_page_link(tree, "https://post.example/story", rules, "next-page") == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('kind = "promo"', "kind 'promo' does not go with stage 'link'"),
        ('pattern = "//a["', "bad XPath '//a\\['"),
        ('pattern = "count(//a)"', "bad XPath 'count\\(//a\\)': it gives a text, a number"),
        ("hosts = []", "'hosts' is missing; a rule for links names its sites"),
        ('imported = ""', "'hit' is missing"),
    ],
)
def test_a_link_rule_is_checked_when_it_is_loaded(change: str, message: str) -> None:
    row = {
        "id": '"x"',
        "stage": '"link"',
        "kind": '"next-page"',
        "pattern": '"//a"',
        "hosts": '["a.example"]',
        "why": '"x"',
        "imported": '"y"',
    }
    key, _, value = change.partition(" = ")
    text = "[[rule]]\n" + "\n".join(f"{name} = {own}" for name, own in (row | {key: value}).items())
    with pytest.raises(RuleError, match=message):
        parse_rules(text, origin="x.toml")


def test_files_are_named_after_hosts() -> None:
    assert [host_of_file(name) for name in ("global.txt", "Example.com.txt", ".a.example.com.txt")] == [
        "",
        "example.com",
        "a.example.com",
    ]


@given(
    st.text(max_size=80),
    st.sampled_from(["body: ", "strip: //", "strip: //p[", "next_page_link: concat(", "strip_id_or_class: ", ""]),
)
def test_any_line_is_a_rule_that_loads_or_a_fault(text: str, start: str) -> None:
    found = parse_site_file((start + text).encode("utf-8", "replace"), name="x.txt", host="x.example")
    page = LexborHTMLParser(PAGE)
    for rule in found.rules:
        if rule.stage == "element":
            mark_elements(page, RuleSet([rule]))
        else:
            find_page_link(page, "https://x.example/1", RuleSet([rule]), rule.kind)
