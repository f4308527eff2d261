"""The network's pieces on pages of our own making. The forward pass in JAX needs the extra `train`."""

from __future__ import annotations

import doctest
import gzip
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from scraper.scoring.inputs import RULE_KIND_NUMBER
from scraper.scoring.network import LABELS, OUTPUTS, forward
from scraper.scoring.scorer import Scorer, load_scorer, save_scorer
from scraper.scoring.tokens import TokenReader
from scraper.scoring.vocabulary import Vocabulary
from scraper.text.words import fold
from tests.bench.train.batches import build, pack, training_batches, whole_pages
from tests.bench.train.labels import NO_LABEL, Labelled, assign, parse_rows
from tests.bench.train.made import Part, made_page
from tests.bench.train.reading import Sample, Source, make_sample, parse_page, read_source
from tests.bench.train.targets import prepare
from tests.bench.train.vocabulary import learn_vocabulary
from tests.support.pages import document
from tests.support.token_numbers import TokenNumbers

ROWS = """page	block	first	last	words	label	doubt
7	0	home	about	2	nav
7	1	die	stadt	3	body
7	2	mehr	lesen	2	related	?
7	3	foto	archiv	2	credit
"""
HTML = document(
    '<nav class="menu"><a href="/">Home</a> <a href="/city/about">About</a></nav><article class="story"><h1>Brücke</h1>'
    '<p>Die Brücke öffnet im Mai.</p><h2>Kosten</h2><ul class="facts"><li>Stahl: 4</li><li>Holz: 12</li></ul>'
    "<table><tr><td>Jahr</td><td>2024</td></tr><tr><td>Ort</td><td>Ulm</td></tr></table><p>橋は五月に開通します。</p></article>"
    '<div class="more"><p><a href="https://other.example/x?utm_source=a">Mehr lesen</a></p></div>'
)


@pytest.fixture
def numbers() -> TokenNumbers:
    return TokenNumbers()


@pytest.fixture
def samples(tmp_path: Path, numbers: TokenNumbers) -> list[Sample]:
    """Six pages on as many sites; the last is longer."""
    found = []
    for number in range(6):
        file = tmp_path / f"{number}.html.gz"
        file.write_bytes(gzip.compress((HTML * (3 if number == 5 else 1)).encode()))
        gold = {
            "id": str(number),
            "url": f"https://site{number}.example/city/bridge",
            "text": "Die Brücke öffnet im Mai.",
        }
        source = Source("made", file, gold, None)
        sample = make_sample(source, read_source(source), f"site{number}.example", TokenReader(numbers))
        assert sample
        found.append(sample)
    return found


def random_scorer(samples: list[Sample], numbers: TokenNumbers) -> Scorer:
    pytest.importorskip("jax")
    from tests.bench.train.network import init_weights

    vocabulary = learn_vocabulary(samples)
    weights = init_weights(
        3, tokens=len(vocabulary) + 1, columns=len(vocabulary.mean), rule_kinds=len(RULE_KIND_NUMBER)
    )
    scale = {"mean": vocabulary.mean, "deviation": vocabulary.deviation}
    found = {name: np.array(value) for name, value in weights.items()} | scale
    return Scorer(found, samples[0].columns, Vocabulary.of(vocabulary.tokens(numbers)))


def logits_of(scorer: Scorer, sample: Sample) -> np.ndarray:
    _, read = parse_page(read_source(sample.source))
    return forward(scorer.network, scorer.read(read.blocks, read.context))


def test_both_forward_passes_agree_on_pages_that_share_a_batch(samples: list[Sample], numbers: TokenNumbers) -> None:
    scorer = random_scorer(samples, numbers)
    from tests.bench.train import network

    (crops,) = pack(whole_pages(prepare(samples, learn_vocabulary(samples))))
    batch = build(crops)
    logits = np.asarray(network.forward(dict(scorer.weights), batch))
    assert logits[batch["mask"] > 0].std() > 0.3
    for crop, sample in zip(crops, samples, strict=True):
        np.testing.assert_allclose(logits_of(scorer, sample), logits[crop.rows], atol=1e-3)


def test_a_training_batch_is_a_crop_with_fewer_tokens(samples: list[Sample]) -> None:
    pages = prepare(samples, learn_vocabulary(samples))
    plain = build([*next(iter(pack(whole_pages(pages))))])
    (batch,) = training_batches([page for page in pages for _ in range(4)], np.random.default_rng(1))
    assert 0 < (batch["tokens"] > 0).mean() / batch["mask"].mean() < (plain["tokens"] > 0).mean() / plain["mask"].mean()


def test_a_saved_scorer_says_nearly_the_same(samples: list[Sample], numbers: TokenNumbers, tmp_path: Path) -> None:
    scorer = random_scorer(samples, numbers)
    save_scorer(scorer, tmp_path / "scorer.safetensors")
    loaded = load_scorer(tmp_path / "scorer.safetensors")
    assert (loaded.columns, loaded.vocabulary.tokens()) == (scorer.columns, scorer.vocabulary.tokens())
    logits = logits_of(scorer, samples[0])
    assert logits.shape == (len(samples[0].sizes), OUTPUTS)
    np.testing.assert_allclose(logits_of(loaded, samples[0]), logits, atol=0.05)


def test_the_vocabulary_knows_tokens_of_several_sites_only(samples: list[Sample], numbers: TokenNumbers) -> None:
    known = learn_vocabulary(samples).tokens(numbers)
    assert {"stahl", ("^", "jahr"), ("n:", "story"), ("h:", "track")} <= set(known)
    assert not {"stahl", ("n:", "story")} & set(learn_vocabulary([samples[0]] * 6).tokens(numbers))
    assert "stahl" not in learn_vocabulary(samples[:4]).tokens(numbers)


def test_labels_without_texts_go_to_blocks_of_the_same_ends_and_length_and_doubt_weighs_less() -> None:
    ((name, labelled),) = parse_rows(ROWS.splitlines())
    texts = ["Home, About", "New here", "Die neue Stadt!", "Mehr lesen", "Foto: das Archiv"]
    labels, sure = assign(labelled, texts)
    assert name == "7"
    assert [LABELS[label] if label != NO_LABEL else "" for label in labels] == ["nav", "", "body", "related", ""]
    np.testing.assert_allclose(sure[:4], [1, 1, 1, 0.35], atol=1e-6)


def test_labels_with_texts_go_to_the_blocks_that_hold_most_of_their_words() -> None:
    old = ["Home", "The bridge opens", "in May after two years.", "Read more"]
    labelled = Labelled(tuple(map(fold, old)), ("nav", "body", "list", "related"), (False,) * 4, has_words=True)
    labels, sure = assign(labelled, ["Home", "The bridge opens in May after two years.", "Read", "more", "Else"])
    assert [LABELS[label] if label != NO_LABEL else "" for label in labels] == ["nav", "list", "related", "related", ""]
    np.testing.assert_allclose(sure, [1, 0.625, 1, 1, 1], atol=1e-6)


BLOCKS = [
    Part("Home and more of it", "related"),
    Part(
        " ".join(
            f"The bridge number {'abcdefghijklmnopqrstuvwxyz'[n]} opens in May after long years." for n in range(24)
        ),
        "body",
    ),
]


def test_made_pages_show_what_their_labels_say_in_every_layout() -> None:
    seen: set[str] = set()
    for number in range(200):
        found = made_page(str(number), "site.example", BLOCKS)
        if not found:
            continue
        fetched, labelled = found
        _, read = parse_page(fetched)
        labels, sure = assign(labelled, [block.text for block in read.blocks.blocks])
        assert (labels != NO_LABEL).mean() > 0.9
        assert sure.mean() > 0.6
        own = [LABELS[label] for label in labels if label != NO_LABEL]
        assert "body" in own
        seen.update(own)
    assert {"body", "heading", "list", "table", "stamp", "comment", "related", "other", "nav", "title"} <= seen


def test_a_made_page_is_made_alike_each_time_and_not_of_few_sentences() -> None:
    key = next(str(number) for number in range(50) if made_page(str(number), "site.example", BLOCKS))
    first, second = (made_page(key, "site.example", BLOCKS) for _ in range(2))
    assert first == second
    assert made_page(key, "site.example", BLOCKS[:1]) is None


@pytest.mark.parametrize("name", ["labels", "vocabulary"])
def test_the_examples_of_a_module_hold(name: str) -> None:
    found = doctest.testmod(import_module(f"tests.bench.train.{name}"))
    assert found.attempted > 0
    assert found.failed == 0
