"""Several policies that were cloned alike, of which another one chooses each chunk, drawn by lot.

A policy that is stuck sees the same again and again, and rests again and again; what holds one up need not hold up another that began with
other random weights. Ensembles of policies usually vote or are averaged, and where one hesitates so does the mean; bootstrapped
ensembles (Osband et al., 2016, arXiv 1602.04621) act by one member for an episode, this one by one for a chunk. Hands are interlocked
(`grip.Interlock`): patience with the one that takes a lace would let the one that gives it let go first.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import torch

from lacelab.envs.deployment import Deployment

from .at_eyelets import Careful
from .by_side import BySide
from .checkpoint import digest_of, kind_of
from .data.files import read_json, write_json
from .exceptions import CheckpointError
from .following import Following
from .grip import interlocked
from .learned import LearnedPolicy, carried_out
from .policy_network import PolicyNetwork
from .starting_over import StartingOver
from .sure_release import THIN, SureRelease
from .tracing import traced
from .training.cloning import HANDING_OVER, load_policy
from .training.cloning import KIND as CLONED

SUFFIX, FAR_SIDE = ".json", "far_side"
KIND = "committee of flow policies that takes hold again"
STARTS_OVER = "committee of flow policies that starts over"
"""One that does not look after what is in an eyelet (`holding_again`, `sure_take`), as before there was that."""
AT_FIRST = "committee of flow policies"
"""One that neither follows the path that is wanted (`following`) nor starts over (`starting_over`), as before there was either."""


def write_committee(path: Path, members: Sequence[Path], far_side: Path | None = None) -> None:
    """Write down who takes turns: their files, relative to that of the committee, and what tells their weights from others.

    Args:
        path: to write.
        members: checkpoints of cloned policies.
        far_side: file of another committee, which acts where the lace lies on the other arm's side; see `by_side`.

    Raises:
        CheckpointError: a member is no cloned policy, they have chunks of several lengths, the file would not be found again
            by its suffix, or there are fewer than two members.
    """
    if path.suffix != SUFFIX:
        raise CheckpointError(f"A committee is written to a file that ends in {SUFFIX}, not to '{path}'.")
    if len(members) < 2:
        raise CheckpointError(f"A committee has two members or more, not {len(members)}.")
    _check_alike([_network(member) for member in members], path)
    entries = [{"path": _seen_from(path, member), "digest": digest_of(member)} for member in members]
    other = {}
    if far_side is not None:
        _load_members(far_side, None)
        other = {FAR_SIDE: {"path": _seen_from(path, far_side), "digest": _digest(far_side)}}
    write_json(path, {"kind": KIND, "members": entries} | other)


def load_committee(path: Path, deployment: Deployment | None = None) -> LearnedPolicy | StartingOver | BySide:
    """Return a policy whose chunks are by one of the members each, and which starts over unless it is one of the first kind.

    Args:
        path: file by `write_committee`.
        deployment: see `LearnedPolicy`.

    Raises:
        CheckpointError: it is no such file, or a member is not there or not the one it was.
        DatasetError: there is no file, or it is torn.
    """
    torch.set_num_threads(1)  # as for any other policy that acts
    own, far = _load_members(path, deployment), _far_side(path)
    return own if far is None else BySide(own, _load_members(far, deployment))


def _load_members(path: Path, deployment: Deployment | None) -> LearnedPolicy | StartingOver:
    kind, entries = _read(path)
    first, *others = [_member(member, digest) for member, digest in entries]
    _check_alike([first, *others], path)
    grip = interlocked(deployment, carried_out(first.config.chunk))
    following = Following(None if kind == AT_FIRST else deployment)
    network, taking_turns = traced(first), [traced(other) for other in others]
    policy = LearnedPolicy(network, deployment=deployment, grip=grip, others=taking_turns, following=following)
    if kind == AT_FIRST:
        return policy
    return StartingOver(policy, SureRelease(THIN), Careful()) if kind == KIND else StartingOver(policy, SureRelease())


def _far_side(path: Path) -> Path | None:
    """Return the file of who acts where the lace lies on the other arm's side, if there is one."""
    entry = read_json(path).get(FAR_SIDE)
    if entry is None:
        return None
    try:
        other, digest = path.parent / entry["path"], str(entry["digest"])
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"'{path}' is no whole {AT_FIRST} ({type(error).__name__}: {error}).") from error
    if (found := _digest(other)) != digest:
        raise CheckpointError(f"'{other}' is another file ({found}) than the committee had ({digest}).")
    return other


def _seen_from(path: Path, other: Path) -> str:
    return Path(os.path.relpath(other, path.parent)).as_posix()


def _digest(path: Path) -> str:
    if not path.is_file():
        raise CheckpointError(f"There is no checkpoint '{path}'.")
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def first_member(path: Path) -> Path:
    """Return the checkpoint of the first member of a committee, or `path` if that is none: one policy, to learn from."""
    return _read(path)[1][0][0] if path.suffix == SUFFIX else path


def _read(path: Path) -> tuple[str, list[tuple[Path, str]]]:
    """Return the kind of a committee, and where each member lies, and its digest."""
    found = read_json(path)
    if not isinstance(found, dict) or found.get("kind") not in (KIND, STARTS_OVER, AT_FIRST):
        raise CheckpointError(f"'{path}' is no {AT_FIRST}.")
    try:
        entries = [(path.parent / entry["path"], str(entry["digest"])) for entry in found["members"]]
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"'{path}' is no whole {AT_FIRST} ({type(error).__name__}: {error}).") from error
    if not entries:
        raise CheckpointError(f"'{path}' names no member.")
    return found["kind"], entries


def _member(path: Path, digest: str) -> PolicyNetwork:
    network, found = _network(path), digest_of(path)
    if found != digest:
        raise CheckpointError(f"'{path}' holds other weights ({found}) than the committee had ({digest}).")
    return network


def _network(path: Path) -> PolicyNetwork:
    """Return a policy that leaves waiting to others; one that needs an interlock finds it here."""
    return load_policy(path, HANDING_OVER if kind_of(path) == HANDING_OVER else CLONED)


def _check_alike(members: Sequence[PolicyNetwork], path: Path) -> None:
    chunks = sorted({member.config.chunk for member in members})
    if len(chunks) > 1:
        raise CheckpointError(
            f"Members of '{path}' have chunks of {', '.join(map(str, chunks))} actions, not of one length."
        )
