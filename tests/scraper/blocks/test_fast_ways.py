"""What is read of a page in a fast way equals its plain definition."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.phrases import BREAK, normalise
from scraper.blocks.roles import COMMON_TAGS, NODE_ROLES, TREATMENTS, treatment_of
from scraper.html.encoding import UNSAFE
from scraper.html.visibility import concealment
from scraper.rules.loader import built_in_rules
from scraper.rules.selectors import ElementIndex
from scraper.text.invisible import INVISIBLE


def plain_normal(text: str) -> str:
    folded = (" ".join(line.split()) for line in text.split(BREAK))
    lines = (" ".join(UNSAFE.sub("\ufffd", INVISIBLE.sub("", line)).split()) for line in folded)
    return "\n".join(line for line in lines if line)


@given(st.text(st.sampled_from(f"aé— \n\u00a0\u3000\u00ad\u200b\x1f\ufffe{BREAK}"), max_size=8))
def test_a_text_that_is_normal_already_is_left_as_it_is(text: str) -> None:
    assert normalise(text) == plain_normal(text)


def test_a_tag_known_by_its_number_is_treated_as_by_its_name() -> None:
    nodes = [LexborHTMLParser("").create_node(tag) for tag in {*NODE_ROLES, *COMMON_TAGS, "x-card", "foo", "o:p"}]
    assert {node.tag: TREATMENTS.get(node.tag_id) or treatment_of(node) for node in nodes} == {
        node.tag: treatment_of(node) for node in nodes
    }
    assert {tag for tag, _ in TREATMENTS.values()} >= {"div", "p", "a", "li", "script", "br"}


VALUES = {
    "class": ["", "card", "sr-only", "hidden", "ad-slot", "fb-post", "newsletter-signup"],
    "id": ["comments", "top"],
    "style": ["display:none", "color:red"],
    "hidden": [None, ""],
    "aria-hidden": ["true", "false"],
    "role": ["navigation", "contentinfo", "list"],
    "data-x": ["hidden"],
    "href": ["/a"],
}
ATTRIBUTES = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in VALUES.items()})
SHARED = ElementIndex(built_in_rules().elements.rules)


@given(st.sampled_from(["div", "section", "aside"]), ATTRIBUTES)
def test_the_traits_of_an_element_depend_on_no_element_before(tag: str, attributes: dict[str, str | None]) -> None:
    names, traits = SHARED.traits(tag, attributes)
    assert (names, traits) == ElementIndex(SHARED.rules).traits(tag, attributes)
    assert (traits[1] if traits else "") == concealment(attributes)
