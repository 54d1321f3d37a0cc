"""The grammar of seeds on the command line: `0:200`, `3,5,9`, `0:10,20`."""

from .exceptions import SeedsError

_GRAMMAR = (
    "Valid: a range '0:200' (without its end), numbers '3,5,9', or both '0:10,20'; each seed once, none negative."
)


def parse_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds that a text names, in its order.

    Raises:
        SeedsError: the text does not follow the grammar, is empty or names a seed twice.
    """
    seeds = [seed for part in text.split(",") for seed in _parse_part(part, text)]
    if not seeds:
        raise SeedsError(f"Seeds '{text}' name no seed. {_GRAMMAR}")
    if len(set(seeds)) < len(seeds):
        raise SeedsError(f"Seeds '{text}' name a seed twice. {_GRAMMAR}")
    return tuple(seeds)


def format_seeds(seeds: tuple[int, ...]) -> str:
    """Write seeds in the grammar, as a range where they are consecutive."""
    if len(seeds) > 1 and seeds == tuple(range(seeds[0], seeds[0] + len(seeds))):
        return f"{seeds[0]}:{seeds[-1] + 1}"
    return ",".join(map(str, seeds))


def _parse_part(part: str, text: str) -> range:
    start, colon, end = part.strip().partition(":")
    if not (start.isascii() and start.isdigit() and (end.isascii() and end.isdigit() if colon else True)):
        raise SeedsError(f"Seeds '{text}' do not follow the grammar at '{part}'. {_GRAMMAR}")
    return range(int(start), int(end) if colon else int(start) + 1)
