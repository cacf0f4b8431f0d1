"""Say how a ceremony stands, and what a trustee's visit did: as lines, and as plain values for JSON."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from headquarters.ceremony.coordinator import CeremonyStatus
from headquarters.ceremony.definition import Ceremony, TrusteeMode
from headquarters.ceremony.errors import CeremonyError
from headquarters.ceremony.machine import Finished, Waiting
from headquarters.ceremony.trustee import DueStepsReport, label
from words.message import Items, Latin, Message, m
from words.speaker import Speaker

_IN_WORDS: Final = {
    "certificate": m("keys for signing and for sealed messages"),
    "commitment": m("promise of the next file"),
    "polynomial": m("sealed parts for every trustee"),
    "share": m("share of the election key"),
    "key": m("public key"),
    "confirmation": m("signature of the transcript"),
}


def begun_lines(made: Ceremony, stick: Path, t: Speaker) -> Iterator[str]:
    """Say who takes part, and what every trustee does next."""
    yield t(
        m(
            "{title}: {size} trustees, {enough}",
            title=label(made.title),
            size=made.size,
            enough=_enough(made),
        )
    )
    for index in made.indices:
        yield f"  {index}  {label(made.name(index))}"
    yield t(m("Next: every trustee, at a machine of their own:"))
    yield f"  amin election ceremony step {shlex.quote(str(stick))} --secrets FOLDER"


def visit_lines(done: DueStepsReport, stick: Path, t: Speaker) -> Iterator[str]:
    """Say what a trustee has done, and who comes next."""
    ceremony, number = done.ceremony, done.trustee
    yield t(
        m(
            "Trustee {number}, {name}: {fingerprint}",
            number=number,
            name=label(ceremony.name(number)),
            fingerprint=Latin(done.fingerprint),
        )
    )
    for step in done.done:
        yield t(m("done: {step}, {meaning}", step=Latin(step), meaning=_IN_WORDS[step]))
    checked = m(
        "checked: everything on the USB drive ({checked}), nothing wrong", checked=done.checked
    )
    yield t(checked)
    if done.key is not None:
        yield t(m("election key: {key}", key=Latin(done.key)))
    match done.turn:
        case Finished():
            yield t(m("Everybody has done everything. Keep a copy of your folder in a safe place."))
            yield t(
                m(
                    "Next, the organiser: amin election ceremony finish {stick} -o trustees.json",
                    stick=shlex.quote(str(stick)),
                )
            )
        case Waiting(awaited, trustees):
            yield t(
                m(
                    "Next: {awaited} of trustee {whose}; then come again if you are asked to",
                    awaited=Latin(awaited),
                    whose=Items(tuple(f"{i} ({label(ceremony.name(i))})" for i in trustees)),
                )
            )


def visit_plain(done: DueStepsReport) -> dict[str, object]:
    """Return the same as plain values."""
    waiting = done.turn.trustees if isinstance(done.turn, Waiting) else ()
    return {
        "trustee": done.trustee,
        "done": [step.value for step in done.done],
        "restored": [step.value for step in done.restored],
        "checked": done.checked,
        "finished": isinstance(done.turn, Finished),
        "waiting": list(waiting),
        "fingerprint": done.fingerprint,
        "key": done.key,
    }


def status_lines(found: CeremonyStatus, t: Speaker) -> Iterator[str]:
    """Say who has done what, what is refused, and whose turn it is."""
    made = found.ceremony
    yield t(
        m(
            "{title}, {day}: {size} trustees, {enough}",
            title=label(made.title),
            day=made.day,
            size=made.size,
            enough=_enough(made),
        )
    )
    for index in made.indices:
        done = found.done[index]
        marks = " ".join(f"{step} {'✓' if step in done else '·'}" for step in made.steps)
        yield f"  {index}  {label(made.name(index))}: {marks}"
        if index in found.fingerprints:
            yield f"     {found.fingerprints[index]}"
    for error in found.refused:
        yield f"refused\t{error.reason}\t{t(error.message)}"
    if found.key is not None:
        yield t(m("election key: {key}", key=Latin(found.key)))
    if found.step is None:
        yield t(m("Every trustee has done everything."))
        return
    yield t(
        m(
            "Next: {step} ({meaning}) of trustee {whose}",
            step=Latin(found.step),
            meaning=_IN_WORDS[found.step],
            whose=Items(tuple(found.missing)),
        )
    )


def status_plain(found: CeremonyStatus) -> dict[str, object]:
    """Return the same as plain values."""
    return {
        "ceremony": found.ceremony.digest,
        "done": {str(i): [step.value for step in row] for i, row in found.done.items()},
        "fingerprints": {str(i): text for i, text in found.fingerprints.items()},
        "step": None if found.step is None else found.step.value,
        "missing": list(found.missing),
        "key": found.key,
        "refused": [refusal_plain(error) for error in found.refused],
    }


def refusal_plain(error: CeremonyError) -> dict[str, str]:
    """Return what is refused, and in which file, as plain values."""
    return {"reason": error.reason, "file": error.file, "message": str(error)}


def _enough(ceremony: Ceremony) -> Message:
    if ceremony.mode is TrusteeMode.SINGLE:
        return m("all are needed")
    return m("any {threshold} are enough", threshold=ceremony.threshold)
