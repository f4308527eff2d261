"""Every target reads or refuses each of its seeds, quickly. The fuzzing itself is `make fuzz`."""

from __future__ import annotations

import pytest

from tests.fuzz.targets import MAX_INPUT_BYTES, SEEDS, TARGETS, Target

CASES = [(name, file) for name in TARGETS for file in sorted((SEEDS / name).iterdir())]


@pytest.mark.parametrize(("name", "file"), CASES, ids=lambda value: getattr(value, "name", value))
def test_a_seed_is_read_or_refused(name: str, file: object) -> None:
    data = (SEEDS / name / str(getattr(file, "name", ""))).read_bytes()
    assert 0 < len(data) <= MAX_INPUT_BYTES
    TARGETS[name](data)


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
def test_inputs_that_are_empty_binary_or_cut_are_read_or_refused(target: Target) -> None:
    for data in (b"", b"\xff\xfe\x00", bytes(range(256)), "\ud800".encode("utf-8", "surrogatepass")):
        target(data)


def test_every_folder_of_seeds_belongs_to_a_target() -> None:
    assert {folder.name for folder in SEEDS.iterdir()} == TARGETS.keys()


def test_what_a_parser_must_not_raise_is_a_finding() -> None:
    def fail(data: bytes) -> None:
        raise KeyError(data)

    with pytest.raises(KeyError):
        Target(fail, (ValueError,))(b"")
    Target(fail, (KeyError,))(b"")
