"""Rule rows: each matches its examples and not its near misses, in bounded time; a bad row is refused."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from scraper.errors import RuleError
from scraper.extraction.rule_check import load_checked, runaways
from scraper.rules.loader import BUILT_IN, load_rules, parse_rules
from scraper.rules.model import RULE_KINDS, Rule
from scraper.rules.ruleset import RuleSet
from scraper.rules.sentences import is_sentence

RULES = load_rules(BUILT_IN)
TEXT_RULES = [rule for rule in RULES.rules if rule.stage == "text"]
SEED = {
    "Image: Defense Secretary Ash Carter speaks about an assault on the ISIS stronghold of Raqqa": "caption",
    "Defense Secretary Ash Carter speaks about an assault on the ISIS stronghold of Raqqa, Syria.NBC News": "caption",
    "Breaking News Emails": "newsletter",
    "Get breaking news alerts and special reports. The news and stories that matter, delivered weekday mornings.": "newsletter",
    "By Hans Nichols and F. Brinley Bruton": "byline",
    "Let our news meet your inbox. The news and stories that matters, delivered weekday mornings.": "newsletter",
    "Related: Congress Demands Info About Reenlistment Bonus Scandal": "related",
    "The Associated Press and Courtney Kube contributed.": "credit",
}
ROW = """
[[rule]]
id = "ad.label.xx"
stage = "text"
kind = "ad"
words = ["advert"]
pattern = '''^advert$'''
why = "a label"
hit = ["Advert"]
miss = ["An advert for boats"]
"""


def matching(text: str, rules: RuleSet = RULES) -> Iterator[tuple[Rule, re.Match[str]]]:
    """The generic text rules that match, with their matches, in table order, regardless of zone."""
    for rule in rules.candidates(text):
        if not rule.hosts and len(text) <= rule.max_chars and (found := rules.compiled[rule.id].search(text)):
            yield rule, found


@pytest.mark.parametrize("rule", TEXT_RULES, ids=lambda rule: rule.id)
def test_a_rule_matches_its_examples_and_not_its_near_misses(rule: Rule) -> None:
    pattern = RULES.compiled[rule.id]
    for text in rule.hit:
        assert rule in RULES.candidates(text), f"no word of the rule finds {text!r}"
        assert len(text) <= rule.max_chars
        assert pattern.search(text), f"{text!r} is not hit"
        assert not is_sentence(text, rule, link_share=0.0), f"{text!r} reads like a sentence of an article"
    for text in rule.miss:
        assert not pattern.search(text) or is_sentence(text, rule, link_share=0.0), f"{text!r} is hit"


def test_every_rule_has_a_kind_of_the_vocabulary_and_a_dotted_id() -> None:
    for rule in RULES.rules:
        assert rule.kind in RULE_KINDS
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", rule.id), rule.id


def test_a_reason_is_a_phrase_in_lower_case_without_a_full_stop() -> None:
    assert [rule.id for rule in RULES.rules if not re.fullmatch(r"[a-z][^\n]*[^.\s]", rule.why)] == []


def test_ids_and_patterns_are_unique() -> None:
    assert not [name for name, count in Counter(rule.id for rule in RULES.rules).items() if count > 1]
    assert not [
        text for text, count in Counter((rule.pattern, rule.hosts) for rule in RULES.rules).items() if count > 1
    ]


@pytest.mark.parametrize(("text", "kind"), SEED.items(), ids=list(SEED.values()))
def test_each_removed_line_of_the_seed_article_is_matched_by_a_general_rule_of_its_kind(text: str, kind: str) -> None:
    assert next((rule.kind for rule, _ in matching(text)), None) == kind


SURVIVORS = (
    "Newsletters have become the business that local publishers trust most. They cost little and readers open them.",
    "Sign-ups for the newsletter doubled in a year, and half of those who subscribe never open the front page.",
    "Her inbox is where the day begins: six newsletters before breakfast, and the urge to unsubscribe from all of them.",
    "The paper now asks readers to pay for its newsletter, a step that its editor had ruled out in March.",
    '"We share the same fear," said the owner of a podcast that follows three towns and their comments pages.',
    "Cookies track readers across the web, and regulators want publishers to ask before they store one.",
    "Der Newsletter der Zeitung hat inzwischen mehr Leser als ihre Titelseite, sagt die Chefredakteurin.",
    "La newsletter du journal compte plus de lecteurs que sa une, et ses abonnés paient davantage.",
    "El boletín del diario tiene más lectores que su portada, y sus suscriptores pagan más.",
)


@pytest.mark.parametrize("text", SURVIVORS)
def test_paragraphs_about_newsletters_and_comments_are_matched_by_no_rule(text: str) -> None:
    assert not [rule.id for rule, _ in matching(text)]


def test_a_byline_and_a_credit_give_their_names() -> None:
    names = [found["authors"] for _, found in matching("By Hans Nichols and F. Brinley Bruton")]
    assert "Hans Nichols and F. Brinley Bruton" in names
    names = [found["contributors"] for _, found in matching("The Associated Press and Courtney Kube contributed.")]
    assert names == ["The Associated Press and Courtney Kube"]


def test_no_built_in_pattern_backtracks_without_end_on_hostile_text() -> None:
    assert [rule.id for rule in runaways(RULES.rules)] == []


@pytest.mark.parametrize(
    "pattern", [r"^(\w+\s?)+$", r"^(a|ad|d|vert)+$", r"^(?:[a-z]+ ?){0,9}$", r"^advert(?:.*a.*a.*a.*a.*a\.)?$"]
)
def test_a_catastrophic_pattern_is_refused_and_its_neighbours_are_not(pattern: str) -> None:
    slow = ROW.replace(".xx", ".slow").replace("^advert$", pattern)
    rules = parse_rules(slow + ROW + slow.replace(".slow", ".slow-too"), origin="mine.toml")
    assert [rule.id for rule in runaways(rules)] == ["ad.label.slow", "ad.label.slow-too"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "ad"', 'kind = "adverts"', "kind is 'adverts'"),
        ("^advert$", "^advert($", "bad pattern"),
        ('words = ["advert"]', "", "needs 'words'"),
        ('words = ["advert"]', 'words = ["Advert"]', "case folded"),
        ('miss = ["An advert for boats"]', "", "'miss' is missing"),
        ('why = "a label"', 'why = "a label"\nzoen = "tail"', "unknown key 'zoen'"),
        ('hit = ["Advert"]', "hit = [3]", "'hit' must be a list of strings"),
        ('why = "a label"', 'why = "a label"\nmax_chars = "9"', "wrong type"),
        ('why = "a label"', 'why = "a label"\nblocks = ["para"]', "no block kind"),
    ],
)
def test_a_bad_row_is_refused_by_file_and_id(old: str, new: str, message: str) -> None:
    assert old in ROW
    with pytest.raises(RuleError, match=r"mine\.toml: line 2: ad\.label\.xx: ") as caught:
        parse_rules(ROW.replace(old, new), origin="mine.toml")
    assert message in str(caught.value)
    assert caught.value.rule == "ad.label.xx"


def test_a_row_without_an_id_is_named_by_its_place() -> None:
    with pytest.raises(RuleError, match=r"mine\.toml: line 12: rule 2: 'id' is missing"):
        parse_rules(ROW + ROW.replace('id = "ad.label.xx"', ""), origin="mine.toml")


def test_a_bad_selector_is_refused_by_file_and_id() -> None:
    text = ROW.replace('stage = "text"', 'stage = "element"').replace("^advert$", "div[[")
    with pytest.raises(RuleError, match=r"mine\.toml: line 2: ad\.label\.xx: bad selector"):
        parse_rules(text, origin="mine.toml")


def test_broken_toml_is_refused_by_file() -> None:
    with pytest.raises(RuleError, match=r"mine\.toml: "):
        parse_rules("[[rule]\nid = 3", origin="mine.toml")


def test_an_id_used_twice_is_refused_by_both_files(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(ROW, encoding="utf-8")
    (tmp_path / "b.toml").write_text(ROW, encoding="utf-8")
    with pytest.raises(RuleError, match=r"b\.toml: line 2: ad\.label\.xx: this id is used in a\.toml, line 2"):
        load_rules(tmp_path)


def test_the_rules_of_a_host_are_its_own_and_those_for_every_host() -> None:
    rows = parse_rules(
        ROW + ROW.replace(".xx", ".own").replace("stage", 'hosts = ["example.com"]\nstage'), origin="mine.toml"
    )
    rules = RuleSet(rows)
    assert [rule.id for rule in rules.for_host("news.example.com").rules] == ["ad.label.xx", "ad.label.own"]
    assert [rule.id for rule in rules.for_host("badexample.com").rules] == ["ad.label.xx"]


TWO_LINES = """why = '''
[[rule]]
'''"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('hit = ["Advert"]', 'hit = ["Advert", "Adverts"]', "does not hit 'Adverts'"),
        ('words = ["advert"]', 'words = ["ad"]', "does not hit 'Advert' (none of its words is there)"),
        ('hit = ["Advert"]', 'hit = ["Advert"]\nmax_chars = 5', "does not hit 'Advert' (longer than max_chars, 5)"),
        ('miss = ["An advert for boats"]', 'miss = ["advert"]', "hits its near miss 'advert'"),
        ("^advert$", r"^(\w+ ?)+$", "catastrophic pattern"),
        ('why = "a label"', TWO_LINES + '\nzoen = "tail"', "unknown key 'zoen'"),
    ],
)
def test_a_users_rule_is_tried_when_it_is_loaded(old: str, new: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        f"# mine\n{ROW}{ROW.replace('.xx', '.bad').replace(old, new)}", encoding="utf-8"
    )
    with pytest.raises(RuleError, match=r"^mine\.toml: line 13: ad\.label\.bad: ") as caught:
        load_checked(tmp_path / "mine.toml")
    assert message in str(caught.value)
    assert caught.value.rule == "ad.label.bad"
