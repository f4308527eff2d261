"""Links to the further pages of an article, as rules of the stage `link` find them on their hosts."""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

from scraper.html.pagination import base_of
from scraper.rules.model import Rule, is_xpath
from scraper.rules.ruleset import RuleSet
from scraper.urls.variants import canonical_or_empty, registrable_site


def find_page_link(tree: LexborHTMLParser, url: str, rules: RuleSet, kind: str) -> str:
    """The address of the next part, or of the single page, in canonical form; empty if no rule finds one.

    It must be another page of the same site.
    """
    own = [rule for rule in rules.for_url(url).links if rule.kind == kind]
    base, here = base_of(tree, url), canonical_or_empty(url)
    for address in (found for rule in own for found in addresses(tree, rule)):
        target = canonical_or_empty(base, address)
        if target and target != here and registrable_site(target) == registrable_site(url):
            return target
    return ""


def addresses(tree: LexborHTMLParser, rule: Rule) -> Iterator[str]:
    """The addresses of the links that a rule finds, as the page writes them."""
    if is_xpath(rule.pattern):
        from scraper.rules.xpath import PageTree  # lxml is loaded for sites with such rules only

        yield from PageTree(tree).addresses(rule.pattern)
        return
    for node in tree.css(rule.pattern):
        yield (node.attributes.get("href") or "").strip()
