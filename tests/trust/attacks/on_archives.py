"""Attack archives, and by trustees: their proofs are everybody's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crypto.group import mul_base, point_text
from tests.headquarters.archives import put_together, take_apart
from tests.headquarters.forged import force_proofs, grind, shift_factors
from tests.trust.attacks.publication import Publication
from tests.trust.attacks.table import ONE, Attack, H, K


def _swap(site: Publication) -> None:
    one, two = site.archive(3), site.archive(4)
    first = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(first)
    site.reindex()


def _cut(site: Publication) -> None:
    path = site.archive(3)
    path.write_bytes(path.read_bytes()[:-1024])
    site.reindex()


def _steps(kind: str, change: Callable[[list[Any], Any], object]) -> Callable[[Publication], None]:
    def do(site: Publication) -> None:
        path = site.archive(3)
        steps = take_apart(path)
        step = next(step for step in steps if step.kind == kind)
        change(steps, step)
        put_together(path, steps)
        site.reindex()

    return do


def _keys(site: Publication) -> dict[int, int]:
    return site.trustee_keys()


def _grind(site: Publication, *, prove: bool) -> None:
    path, keys = site.archive(3), _keys(site)
    owner = grind(path, min(keys.items())[1], 0, 0)
    if prove:
        force_proofs(path, {owner: keys[owner]})
    site.reindex()


def _shift(site: Publication) -> None:
    path, keys = site.archive(3), _keys(site)
    error = mul_base(12345)
    shift_factors(path, {owner: {(0, 0): error} for owner in keys})
    force_proofs(path, dict(keys))
    site.reindex()


def _no_proofs(site: Publication) -> None:
    (site.supplement(3) / "decryptions.json").unlink()
    site.reindex()


def _other_key(steps: list[Any], step: Any) -> None:
    """A trustee's key in the setup becomes another's."""
    import json

    trustees = json.loads(step.objects[1])
    trustees[0][1]["public_key"] = point_text(mul_base(7))
    step.objects[1] = json.dumps(trustees, separators=(",", ":"), ensure_ascii=False).encode()
    assert steps


ARCHIVES: tuple[Attack, ...] = (
    Attack(H, "exchanges two archives", _swap, "supplement-cover"),
    Attack(H, "cuts off an archive", _cut, "incomplete"),
    Attack(H, "leaves a ballot out", _steps("Ballot", lambda steps, step: steps.remove(step)), "tally"),
    Attack(H, "counts a ballot twice", _steps("Ballot", lambda steps, step: steps.insert(
           steps.index(step), step)), "ballot-duplicate"),
    Attack(H, "leaves a shuffle out", _steps("Shuffle", lambda steps, step: steps.remove(step)), "shuffle"),
    Attack(H, "takes another shuffle's place", _steps("Shuffle", lambda _, step: setattr(
           step, "owner", 2)), "shuffle"),
    Attack(H, "leaves a decryption out",
           _steps("PartialDecryption", lambda steps, step: steps.remove(step)), "decryption"),
    Attack(H, "publishes no result", _steps("Result", lambda steps, step: steps.remove(step)), "incomplete"),
    Attack(H, "changes a trustee's key", _steps("Setup", _other_key), "setup"),
    Attack(ONE, "grinds a vote away", lambda s: _grind(s, prove=False), "decryption-proof"),
    Attack(ONE, "grinds a vote away and forges the strong proof", lambda s: _grind(s, prove=True),
           "decryption-proof"),
    Attack(K, "add errors to their factors", _shift, "decryption-proof"),
    Attack(K, "publish no strong proofs", _no_proofs, "decryption-proof"),
)  # fmt: skip
