"""Visit every world that can be reached, each once."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from tests.explore.promises import broken
from tests.explore.world import RULES, Rules, World, successors


@dataclass(frozen=True, slots=True)
class Explored:
    """What an exploration found."""

    states: int
    """Distinct worlds, their remaining troubles aside."""
    complete: bool
    """Everything that can be reached was visited."""
    fault: str = ""
    """The first promise that was broken."""
    way: tuple[World, ...] = ()
    """From the first world to the one that breaks it."""


def explore(
    start: World,
    rules: Rules = RULES,
    *,
    limit: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Explored:
    """Visit breadth first, so that the way to a fault is the shortest; stop at one, or at `limit` states."""
    seen: dict[World, World | None] = {start: None}
    layer = [start]
    while layer:
        following: list[World] = []
        for world in layer:
            for after in successors(world, rules):
                if after in seen:
                    continue
                seen[after] = world
                if fault := broken(after):
                    return Explored(len(seen), False, fault, _way(seen, after))
                following.append(after)
                if limit is not None and len(seen) >= limit:
                    return Explored(len(seen), False)
        progress(len(seen))
        layer = following
    return Explored(len(seen), True)


def wander(start: World, rng: random.Random, walks: int, steps: int) -> Explored:
    """Take random ways, which lead farther than all ways can be followed."""
    seen = {start}
    for _ in range(walks):
        way = [start]
        for _ in range(steps):
            following = list(successors(way[-1]))
            if not following:
                break
            way.append(rng.choice(following))
            seen.add(way[-1])
            if fault := broken(way[-1]):
                return Explored(len(seen), False, fault, tuple(way))
    return Explored(len(seen), False)


def told(way: tuple[World, ...]) -> str:
    """Tell a way, a line a step: what changed."""
    lines = []
    for before, after in pairwise(way):
        changed = [
            f"{name}: {getattr(before, name)} -> {getattr(after, name)}"
            for name in World._fields
            if getattr(before, name) != getattr(after, name)
        ]
        lines.append("; ".join(changed))
    return "\n".join(lines)


def _way(seen: dict[World, World | None], last: World) -> tuple[World, ...]:
    way = [last]
    while (before := seen[way[-1]]) is not None:
        way.append(before)
    return tuple(reversed(way))
