"""What is read of a page in a fast way equals its plain definition."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.phrases import BREAK, normalise
from scraper.blocks.roles import COMMON_TAGS, NODE_ROLES, TREATMENTS, treatment_of
from scraper.html.encoding import UNSAFE
from scraper.html.nodes import EMBEDDED, HIDDEN_STYLE, LISTING, is_hidden, kind_by_names
from scraper.html.visibility import (
    CLIPPED_STYLE,
    HIDDEN_NAMES,
    READER_NAMES,
    SHOWN_NAMES,
    SHOWN_WIDTHS,
    concealment,
)
from scraper.html.visibility import HIDDEN_STYLE as CONCEALING_STYLE
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


STYLES = "display visibility : NONE hidden collapse clip rect(0 clip-path:inset(50% text-indent:-999 left:-9999px TOP:-9999px ; color:red".split()


@given(st.lists(st.sampled_from([*STYLES, " "]), max_size=6).map("".join))
def test_a_style_conceals_as_its_patterns_say(style: str) -> None:
    plain = "hidden" if CONCEALING_STYLE.search(style) else "reader" if CLIPPED_STYLE.search(style) else ""
    assert concealment({"style": style}) == plain
    assert is_hidden({"style": style}) is (HIDDEN_STYLE.search(style) is not None)


NAMES = """visually-hidden Hidden_Visually screen-reader sr-only SROnly show-for-sr element-invisible a11y-text off-screen offscreen assistive-text
u-vh uvh vishidden readers-only accessibly-hidden accessibility-text not-sr-only undo-sr is-hidden u-hide hide d-none display-none displaynone
invisible w-condition-invisible md:block d-md-block visible twitter-tweet twitter-video instagram-media tiktok-embed fb-post fb-video
bluesky-embed mastodon-embed reddit-embed reddit-card text-post-media js-file-line-container syntaxhighlighter crayon-main CodeMirror-code
hljs-ln card""".split()


@given(st.lists(st.sampled_from(NAMES), max_size=3).map(" ".join))
def test_names_tell_what_their_patterns_say(names: str) -> None:
    lower = names.lower()
    plain = "class" if HIDDEN_NAMES.search(lower) and not SHOWN_WIDTHS.search(lower) else ""
    assert concealment({"class": names}) == (
        "reader" if READER_NAMES.search(lower) and not SHOWN_NAMES.search(lower) else plain
    )
    assert kind_by_names(names) == ("embed" if EMBEDDED.search(names) else "code" if LISTING.search(names) else "")
    _, traits = ElementIndex().traits("div", {"class": names})
    assert (traits or (False, "", ""))[1:3] == (concealment({"class": names}), kind_by_names(names))
