"""The network in numpy: groups, pages of few blocks, what a block is told, and one thread."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from selectolax.lexbor import LexborHTMLParser
from threadpoolctl import threadpool_info

from scraper.blocks.model import PageBlocks
from scraper.blocks.reader import read_blocks
from scraper.scoring.context import PageContext
from scraper.scoring.inputs import GROUPS, read_groups
from scraper.scoring.network import (
    LABELS,
    MESSAGES,
    OUTPUTS,
    WIDTH,
    Around,
    forward,
    means,
    neighbours,
    pass_layers,
    pool,
    tell,
)
from scraper.scoring.scorer import REMOVED_KINDS, Scorer, kinds_of, load_scorer, one_thread
from scraper.scoring.tokens import FIELDS
from scraper.types import REMOVAL_KINDS

UNIT = GROUPS.index("unit")


def page_of(html: str) -> PageBlocks:
    return read_blocks(LexborHTMLParser(html))


def test_a_unit_is_the_outermost_list_or_table_within_the_article() -> None:
    page = page_of(
        "<table><tr><td><main><p>Before</p><ul><li>One<ol><li>Inner</li></ol></li><li>Two</li></ul>"
        "<table><tr><td>Cell</td></tr></table></main></td></tr></table>"
    )
    groups, _ = read_groups(page)
    units = {block.text: int(unit) for block, unit in zip(page.blocks, groups[:, UNIT], strict=True)}
    assert units["One"] == units["Inner"] == units["Two"]
    assert len({units[text] for text in ("Before", "One", "Cell")}) == 3


def test_a_block_is_told_the_heading_above_it_and_the_first_ones_themselves() -> None:
    page = page_of("<p>Zero</p><p>One</p><h2>Two</h2><p>Three</p><p>Four</p><h2>Five</h2><p>Six</p>")
    assert read_groups(page)[1].tolist() == [0, 1, 2, 2, 2, 2, 5]


def test_means_are_taken_over_groups() -> None:
    inputs = load_scorer().read(page_of("<p>One</p><p>Two</p><p>Three</p>"), PageContext())
    groups = np.array([[1, 0], [0, 0], [1, 0]], dtype=np.int32)
    around = Around.of(replace(inputs, groups=groups))
    rows = np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 6.0]], dtype=np.float32)
    assert means(rows, around).take(around.groups, axis=0).tolist() == [
        [[2.0, 3.0], [2.0, 2.0]],
        [[2.0, 0.0], [2.0, 2.0]],
        [[2.0, 3.0], [2.0, 2.0]],
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_neighbours_beyond_the_ends_are_zeros(size: int) -> None:
    rows = np.arange(1, size + 1, dtype=np.float32)[:, None] * np.ones((1, 64), dtype=np.float32)
    for step in (1, 2, 8):
        seen = neighbours(rows, rows, step)[:, [0, 64, 128]].tolist()
        known = {number: float(number) for number in range(1, size + 1)}
        assert seen == [[known.get(n - step, 0.0), float(n), known.get(n + step, 0.0)] for n in range(1, size + 1)]


def test_a_block_is_told_its_own_row_its_groups_the_page_the_heading_and_both_sides() -> None:
    """By weights that hand on one message each, against sums by hand."""
    inputs = load_scorer().read(page_of("<h1>Zero</h1><p>One</p><ul><li>Two</li><li>Three</li></ul>"), PageContext())
    own, others = np.random.default_rng(1).normal(size=(2, 4, WIDTH)).astype(np.float32)
    expected = [
        own,
        *(
            np.stack([others[numbers == number].mean(axis=0) for number in numbers])
            for numbers in np.moveaxis(inputs.groups, 1, 0)
        ),
        np.broadcast_to(others.mean(axis=0), own.shape),
        others[inputs.headings],
        np.stack([others[:at].sum(axis=0) / max(at, 1) for at in range(4)]),
        np.stack([others[at + 1 :].sum(axis=0) / max(3 - at, 1) for at in range(4)]),
    ]
    for place, rows in enumerate(expected):
        weights = np.zeros((MESSAGES, WIDTH, WIDTH), dtype=np.float32)
        weights[place] = np.eye(WIDTH)
        told = tell(weights.reshape(-1, WIDTH), own, others, Around.of(inputs))
        np.testing.assert_allclose(told, rows, atol=1e-5)


def test_a_field_without_tokens_adds_nothing() -> None:
    scorer = load_scorer()
    inputs = scorer.read(page_of("<p>Sign up for our newsletter</p>"), PageContext())
    table = np.ones_like(scorer.weights["tokens"])
    pooled = pool(table, inputs.tokens).reshape(1, len(FIELDS), -1)[0, :, 0]
    assert pooled.tolist() == pytest.approx(np.sqrt(inputs.tokens.counts[0]).tolist())
    assert inputs.tokens.counts[0].tolist()[3] == 0


def test_a_block_that_sees_the_others_as_they_are_has_the_same_rows() -> None:
    scorer = load_scorer()
    inputs = scorer.read(page_of("<p>One</p><ul><li>Two</li><li>Three</li></ul>"), PageContext())
    rows = np.random.default_rng(1).normal(size=(3, 64)).astype(np.float32)
    *told, last = pass_layers(scorer.network, rows, inputs)
    np.testing.assert_array_equal(pass_layers(scorer.network, rows, inputs, told)[-1], last)
    alone = pass_layers(scorer.network, rows, inputs, [np.zeros_like(given) for given in told])[-1]
    assert not np.allclose(alone, last)


def test_every_output_is_a_number_on_pages_of_one_block_and_of_many() -> None:
    scorer = load_scorer()
    for html in ("<p>x</p>", "<p>…</p>", "<ul>" + "<li>Row</li>" * 3000 + "</ul>"):
        inputs = scorer.read(page_of(html), PageContext())
        logits = forward(scorer.network, inputs)
        assert logits.shape == (len(inputs), OUTPUTS)
        assert np.isfinite(logits).all()


def test_a_removal_kind_is_that_of_the_likeliest_label_that_is_not_the_article() -> None:
    assert set(REMOVED_KINDS) <= set(REMOVAL_KINDS)
    logits = np.zeros((3, OUTPUTS), dtype=np.float32)
    logits[:, LABELS.index("body")] = 9
    for row, label in enumerate(("nav", "newsletter", "form")):
        logits[row, LABELS.index(label)] = 1
    assert kinds_of(logits) == ("navigation", "newsletter", "other")


def test_a_network_of_other_features_is_refused() -> None:
    scorer = load_scorer()
    other = Scorer(scorer.weights, scorer.columns[1:], scorer.vocabulary)
    with pytest.raises(ValueError, match="trained with other features"):
        other.score(page_of("<p>x</p>"), PageContext())


def test_a_page_is_scored_alike_each_time_and_by_one_thread() -> None:
    page, scorer = page_of("<p>One</p>" * 300), load_scorer()
    first, second = (scorer.score(page, PageContext()) for _ in range(2))
    assert first.own.tolist() == second.own.tolist()
    assert scorer.score(PageBlocks((), ()), PageContext()).own.tolist() == []
    with one_thread():
        assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}
