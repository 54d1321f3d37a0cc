"""The grammar of seeds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lacelab.benchmarks.exceptions import SeedsError
from lacelab.benchmarks.seeds import format_seeds, parse_seeds


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("0:3", (0, 1, 2)), ("3,5,9", (3, 5, 9)), ("7", (7,)), ("10:12, 4", (10, 11, 4))],
)
def test_valid_seeds(text: str, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "a", "1:", ":3", "1:2:3", "-1:3", "1,,2", "0-5", "1.5", "²"])
def test_malformed_seeds(text: str) -> None:
    with pytest.raises(SeedsError, match="do not follow the grammar at .* Valid: a range '0:200'"):
        parse_seeds(text)


def test_no_seed_and_the_same_seed_twice() -> None:
    with pytest.raises(SeedsError, match="Seeds '5:5' name no seed."):
        parse_seeds("5:5")
    with pytest.raises(SeedsError, match="Seeds '0:5,3' name a seed twice."):
        parse_seeds("0:5,3")


@given(st.lists(st.integers(0, 50), min_size=1, unique=True))
def test_formatting_is_the_inverse(seeds: list[int]) -> None:
    assert parse_seeds(format_seeds(tuple(seeds))) == tuple(seeds)


def test_ranges_are_written_short() -> None:
    assert format_seeds((0, 1, 2)) == "0:3" and format_seeds((4,)) == "4" and format_seeds((2, 1)) == "2,1"
