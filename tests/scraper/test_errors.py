"""Errors: one tree, which travels between processes."""

from __future__ import annotations

import pickle

import pytest

from scraper.errors import ExtractError, FetchError


@pytest.mark.parametrize(
    "error",
    [
        FetchError("https://a.test/", "status", "the server answered 503", status=503, retry_after=7.0),
        ExtractError("u", "extract-timeout"),
    ],
)
def test_an_error_comes_out_of_a_pickle_as_it_went_in(error: FetchError | ExtractError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
