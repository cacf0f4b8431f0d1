"""Ask devices side by side, each with a limit: one that hangs costs its own answer and no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeAlias

from drivers.errors import DriverError
from drivers.examined.finding import DoctorFinding, bad
from words.errors import MessageError
from words.message import Message, m

Failed: TypeAlias = Callable[[Message, Exception], DoctorFinding]
"""Says what is so with a device that could not be asked."""


@dataclass(frozen=True, slots=True)
class DeviceQuestion:
    """A device to be asked, and how; `ask` may take as long as the device's time-out."""

    name: Message
    ask: Callable[[], DoctorFinding]


def ask_all(
    asked: Sequence[DeviceQuestion], limit_s: float, failed: Failed
) -> tuple[DoctorFinding, ...]:
    """All answers, in order; a question without one by then is answered with that."""
    answers: list[SimpleQueue[DoctorFinding]] = []
    for question in asked:
        answers.append(SimpleQueue())
        # Nobody waits for the thread of a device that hangs: it ends with the program.
        threading.Thread(target=_ask, args=(question, answers[-1], failed), daemon=True).start()
    deadline = time.monotonic() + limit_s
    return tuple(
        _answer(question, answer, deadline, limit_s)
        for question, answer in zip(asked, answers, strict=True)
    )


def _ask(question: DeviceQuestion, answer: SimpleQueue[DoctorFinding], failed: Failed) -> None:
    try:
        answer.put(question.ask())
    except (DriverError, MessageError, OSError, ImportError) as trouble:
        answer.put(failed(question.name, trouble))


def _answer(
    question: DeviceQuestion, answer: SimpleQueue[DoctorFinding], deadline: float, limit_s: float
) -> DoctorFinding:
    try:
        return answer.get(timeout=max(0.0, deadline - time.monotonic()))
    except Empty:
        return bad(
            question.name,
            m("no result after {count} s", count=round(limit_s)),
            m("unplug the device and plug it in again; then restart what drives it"),
        )
