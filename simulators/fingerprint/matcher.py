"""Minutiae matcher: find the rigid motion that lays most minutiae of one finger on another's.

Every pair of minutiae with similar angles proposes a motion (rotation and shift). Proposals vote in
coarse cells; the best cells are refined by least squares over the minutiae that they bring together.
The score is matched² / (probe count · template count), from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.fingerprint.iso19794 import Minutia

MAX_TURN = math.radians(40)
CELL_PX = 16.0
CELL_RAD = math.radians(12)
NEAR_PX = 11.0
NEAR_RAD = math.radians(20)
CANDIDATES = 10
REFINEMENTS = 2

MIN_MATCHED = 9
MIN_SCORE = 0.20

_Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class FingerComparison:
    """Outcome of a comparison: `matched` minutiae agree; `score` (0 to 1) relates them to both fingers'."""

    matched: int
    score: float

    @property
    def is_match(self) -> bool:
        """True if enough minutiae agree and the score is high enough."""
        return self.matched >= MIN_MATCHED and self.score >= MIN_SCORE


@dataclass(frozen=True, slots=True)
class _Motion:
    turn: float
    dx: float
    dy: float


def compare(probe: Sequence[Minutia], template: Sequence[Minutia]) -> FingerComparison:
    """Compare two fingers. Empty fingers match nothing."""
    if not probe or not template:
        return FingerComparison(0, 0.0)
    ps, ts = _points(probe), _points(template)
    best = 0
    for start in _candidates(ps, ts):
        motion = start
        for _ in range(REFINEMENTS):
            pairs = _pairs(ps, ts, motion)
            best = max(best, len(pairs))
            if len(pairs) < 3:
                break
            motion = _fit(pairs)
        else:
            best = max(best, len(_pairs(ps, ts, motion)))
    return FingerComparison(best, best * best / (len(ps) * len(ts)))


def _points(minutiae: Sequence[Minutia]) -> list[_Point]:
    # The record's angles run counter-clockwise in an image whose y grows downwards.
    return [(float(m.x), float(m.y), -m.angle * math.tau / 256) for m in minutiae]


def _candidates(probe: list[_Point], template: list[_Point]) -> list[_Motion]:
    cells: dict[tuple[int, int, int], list[_Motion]] = {}
    for px, py, pa in probe:
        for tx, ty, ta in template:
            turn = _wrapped(ta - pa)
            if abs(turn) > MAX_TURN:
                continue
            cos, sin = math.cos(turn), math.sin(turn)
            dx, dy = tx - (cos * px - sin * py), ty - (sin * px + cos * py)
            # Shifts are counted at the image's middle, where a wrong angle moves them least.
            mx, my = tx - px, ty - py
            key = (round(turn / CELL_RAD), round(mx / (2 * CELL_PX)), round(my / (2 * CELL_PX)))
            cells.setdefault(key, []).append(_Motion(turn, dx, dy))
    fullest = sorted(cells.items(), key=lambda cell: (-len(cell[1]), cell[0]))[:CANDIDATES]
    return [_mean(motions) for _, motions in fullest]


def _mean(motions: list[_Motion]) -> _Motion:
    n = len(motions)
    return _Motion(
        sum(m.turn for m in motions) / n,
        sum(m.dx for m in motions) / n,
        sum(m.dy for m in motions) / n,
    )


def _pairs(
    probe: list[_Point], template: list[_Point], motion: _Motion
) -> list[tuple[_Point, _Point]]:
    cos, sin = math.cos(motion.turn), math.sin(motion.turn)
    near: list[tuple[float, int, int]] = []
    for i, (px, py, pa) in enumerate(probe):
        x = cos * px - sin * py + motion.dx
        y = sin * px + cos * py + motion.dy
        angle = pa + motion.turn
        for j, (tx, ty, ta) in enumerate(template):
            if abs(tx - x) > NEAR_PX or abs(ty - y) > NEAR_PX:
                continue
            distance = math.hypot(tx - x, ty - y)
            if distance <= NEAR_PX and abs(_wrapped(ta - angle)) <= NEAR_RAD:
                near.append((distance, i, j))
    near.sort()
    used_p: set[int] = set()
    used_t: set[int] = set()
    pairs = []
    for _, i, j in near:
        if i not in used_p and j not in used_t:
            used_p.add(i)
            used_t.add(j)
            pairs.append((probe[i], template[j]))
    return pairs


def _fit(pairs: list[tuple[_Point, _Point]]) -> _Motion:
    """Return the least-squares rigid motion from the first points to the second (2-D Procrustes)."""
    n = len(pairs)
    pcx, pcy = sum(p[0] for p, _ in pairs) / n, sum(p[1] for p, _ in pairs) / n
    tcx, tcy = sum(t[0] for _, t in pairs) / n, sum(t[1] for _, t in pairs) / n
    along = across = 0.0
    for p, t in pairs:
        ax, ay, bx, by = p[0] - pcx, p[1] - pcy, t[0] - tcx, t[1] - tcy
        along += ax * bx + ay * by
        across += ax * by - ay * bx
    turn = math.atan2(across, along)
    cos, sin = math.cos(turn), math.sin(turn)
    return _Motion(turn, tcx - (cos * pcx - sin * pcy), tcy - (sin * pcx + cos * pcy))


def _wrapped(angle: float) -> float:
    return (angle + math.pi) % math.tau - math.pi
