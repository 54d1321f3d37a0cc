"""Demonstrations of several instructions, one after the other, as an episode for each of them."""

import functools
import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.goals import EyeletGoal
from lacelab.envs.language import decode, parse
from lacelab.envs.stages import PULL_LENGTH

from . import layout
from .arrays import REWARD, STARTS, FrameArrays, frame_arrays, joined, open_arrays, pushed_frames, retry_keyframes
from .exceptions import DatasetError
from .files import read_json
from .schema import SCENE, STATE, TOKENS, unflatten

_SEEN = (STATE, SCENE, TOKENS)


class Fulfilled(NamedTuple):
    """Frames with an episode for each instruction, and which of them show how one is fulfilled.

    Attributes:
        arrays: all frames.
        shown: by whoever demonstrates (frames,): neither what came before they started over nor what never was fulfilled.
        recovering: what is shown of these after somebody started over or took over (frames,): the way back.
        alone: by a policy that nobody had to help (frames,), outside the deployment mode: in there actions are delayed and smoothed.
    """

    arrays: FrameArrays
    shown: NDArray[np.bool_]
    recovering: NDArray[np.bool_]
    alone: NDArray[np.bool_]


def fulfilled_instructions(roots: Sequence[Path], unlaid: Sequence[Path] = ()) -> Fulfilled:
    """Return the frames of datasets with an episode for each instruction, and which of them show how it is fulfilled.

    Where a policy acted, that is shown by who took over (human-gated DAgger), in what came after.

    Args:
        roots: folders of datasets, at least one.
        unlaid: more of them, in which laces are laid down where they should not be: what comes after the pull is not shown.

    Raises:
        DatasetError: there is none, or one of them is not whole.
    """
    if not roots:
        raise DatasetError("No folder is named: demonstrations are needed here.")
    found = [_fulfilled(root) for root in roots] + [_unlaid(_fulfilled(root)) for root in unlaid]
    return Fulfilled(
        functools.reduce(joined, [part.arrays for part in found]),
        np.concatenate([part.shown for part in found]),
        np.concatenate([part.recovering for part in found]),
        np.concatenate([part.alone for part in found]),
    )


def _fulfilled(root: Path) -> Fulfilled:
    whole = open_arrays(root)
    retries = [
        start + np.array(found, np.int64) for start, found in zip(whole.starts, retry_keyframes(root), strict=False)
    ]
    arrays, marks = by_instruction(whole), np.concatenate(retries)
    pushed = pushed_frames(root)
    shown = arrays.success[arrays.episode] & since_last_retry(arrays, marks) & ~pushed
    back, manifest = shown & marked(arrays, marks), read_json(root / layout.MANIFEST)
    if manifest.get("policy"):
        arrays = replace(arrays, stop=until(arrays.stop, pushed))
        return Fulfilled(arrays, back, back, alone=shown & ~back & (not manifest.get("deployment")))
    arrays = replace(arrays, stop=until(whole.stop, pushed))  # what is done next belongs to how an instruction ends
    return Fulfilled(arrays, shown, back, alone=np.zeros_like(shown))


def until(stop: NDArray[np.int64], pushed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return where the trajectory of each frame ends (frames,), cut off before a hand is next pushed aside: nobody wanted that.

    Args:
        stop: where it ends otherwise (frames,).
        pushed: whether a hand is pushed in each frame (frames,).
    """
    places = np.append(np.flatnonzero(pushed), len(pushed))
    following = places[np.searchsorted(places, np.arange(len(pushed)), side="right")]
    return np.minimum(stop, following)


def _unlaid(found: Fulfilled) -> Fulfilled:
    before = ~pulled(found.arrays)
    return found._replace(shown=found.shown & before, recovering=found.recovering & before, alone=found.alone & before)


def pulled(arrays: FrameArrays) -> NDArray[np.bool_]:
    """Return whether the lace that is asked for has been pulled through its eyelet, at each frame (frames,).

    Args:
        arrays: with an episode for each instruction; one that names no eyelet asks for no pull.
    """
    through = unflatten({name: np.asarray(arrays.vectors[name]) for name in _SEEN})["pulled_through"]
    done = np.zeros(len(arrays), np.bool_)
    for start, stop in itertools.pairwise(arrays.starts):
        goal = parse(decode(arrays.vectors[TOKENS][start].tolist()))
        if isinstance(goal, EyeletGoal):
            done[start:stop] = through[start:stop, goal.lace.index, goal.side.index, goal.index] >= PULL_LENGTH
    return done


def by_instruction(arrays: FrameArrays) -> FrameArrays:
    """Return frames with an episode for each instruction: the next one is given when the one before has succeeded."""
    tokens, reward = np.asarray(arrays.vectors[TOKENS]), arrays.reward.copy()
    given = 1 + np.flatnonzero((tokens[1:] != tokens[:-1]).any(axis=1) & (np.diff(arrays.episode) == 0))
    reward[given - 1] = 1.0
    return frame_arrays({**arrays.vectors, REWARD: reward, STARTS: np.union1d(arrays.starts, given)})


def since_last_retry(arrays: FrameArrays, retries: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether each frame (frames,) comes after everything that its episode had to start over from.

    Args:
        arrays: the frames.
        retries: global indices of those at which the demonstrator started over.
    """
    first, within = arrays.starts[:-1].copy(), retries[retries < len(arrays)]
    np.maximum.at(first, arrays.episode[within], within)
    return np.asarray(np.arange(len(arrays)) >= first[arrays.episode])


def marked(arrays: FrameArrays, retries: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether somebody started over in the episode of each frame (frames,); see `since_last_retry` for the arguments."""
    return np.isin(arrays.episode, arrays.episode[retries[retries < len(arrays)]])
