"""The scorer's data file: what is written is read, by others too."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scraper.scoring.context import PageContext
from scraper.scoring.scorer import MODEL, Scorer, load_scorer, save_scorer
from scraper.scoring.vocabulary import Vocabulary
from scraper.scoring.weights_file import Stored, read_weights, write_weights
from tests.scraper.scoring.test_network import page_of

HTML = "<h1>Bridge closed</h1><p>The bridge was closed on Monday after the flood.</p><ul><li><a href='/a'>Sign up now</a></ul>"


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    arrays = {
        "rows": np.array([[1, -127], [3, 4], [5, 6]], dtype=np.int8),
        "whole": np.array([-1, 2**31 - 1], dtype=np.int32),
        "half": np.array([0.5, -2.25, 65504], dtype=np.float16),
        "one": np.array(1e-3, dtype=np.float32),
        "none": np.zeros((0, 4), dtype=np.float32),
        "across": np.arange(6, dtype=np.float32).reshape(2, 3).T,
    }
    write_weights(file, Stored(arrays, {"words": "Fähre\n潮", "none": ""}))
    found = read_weights(file)
    assert found.texts == {"words": "Fähre\n潮", "none": ""}
    assert list(found.arrays) == list(arrays)
    for name, array in arrays.items():
        assert found.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(found.arrays[name], array)


def test_a_file_is_laid_out_as_the_format_says(tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    write_weights(file, Stored({"a": np.array([258], dtype=np.float32), "b": np.array([[7, 8]], dtype=np.int8)}, {}))
    body = file.read_bytes()
    length = int.from_bytes(body[:8], "little")
    assert length % 8 == 0
    assert json.loads(body[8 : 8 + length]) == {
        "__metadata__": {},
        "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
        "b": {"dtype": "I8", "shape": [1, 2], "data_offsets": [4, 6]},
    }
    assert body[8 + length :] == b"\x00\x00\x81\x43\x07\x08"


def test_another_file_or_type_of_number_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(ValueError, match="Expecting"):
        read_weights(tmp_path / "a.npz")
    with pytest.raises(KeyError):
        write_weights(tmp_path / "b", Stored({"a": np.zeros(3)}, {}))


def test_a_scorer_that_is_saved_and_loaded_scores_alike_whatever_the_order_of_its_vocabulary(tmp_path: Path) -> None:
    known = load_scorer()
    tokens = known.vocabulary.tokens()
    backwards = np.arange(len(tokens))[::-1]
    table = known.weights["tokens"][[0, *(backwards + 1)]]
    vocabulary = Vocabulary.of(tokens[place] for place in backwards)
    save_scorer(Scorer({**known.weights, "tokens": table}, known.columns, vocabulary), tmp_path / "scorer")
    loaded = load_scorer(tmp_path / "scorer")
    assert loaded.vocabulary.tokens() == tokens[::-1]
    expected, found = (one.score(page_of(HTML), PageContext()) for one in (known, loaded))
    np.testing.assert_allclose(found.own, expected.own, atol=0.002)
    assert found.kinds == expected.kinds


def test_the_shipped_scorer_has_a_row_for_each_token_and_one_for_none() -> None:
    arrays = read_weights(MODEL).arrays
    assert len(arrays["tokens"]) == len(arrays["tokens_scale"]) == len(load_scorer().vocabulary.tokens()) + 1
