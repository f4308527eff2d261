"""Scores that a test gives, and extractions by them: what the stripper does with scores, whatever the network says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from selectolax.lexbor import LexborHTMLParser

from scraper.extraction.article import build_article, finish_extraction
from scraper.extraction.extract import judge_page, page_evidence
from scraper.extraction.page_read import read_page
from scraper.extraction.quality import assess
from scraper.html.encoding import markup
from scraper.rules.loader import built_in_rules
from scraper.scoring.scorer import BlockScores
from scraper.types import Extraction
from tests.support.pages import page


def given_scores(own: Sequence[float]) -> BlockScores:
    """Given scores; the kind of all blocks is `other`."""
    return BlockScores(np.array(own, dtype=np.float64), ("other",) * len(own))


def extract_by(score_of: Callable[[str], float], html: str, *, url: str = "https://news.example/works") -> Extraction:
    """The extraction of a page by these scores of its texts."""
    given = page(html, url=url)
    tree = LexborHTMLParser(markup(given))
    read = read_page(tree, built_in_rules(), url=url)
    scores = given_scores([score_of(block.text) for block in read.blocks.blocks])
    judged, stripped = judge_page(tree, read, scores, built_in_rules())
    quality = assess(page_evidence(given, tree, judged, stripped))
    return finish_extraction(build_article(given, judged, stripped), stripped, rules_hash="", quality=quality)
