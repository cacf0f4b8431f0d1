"""Say where long work is done and who is told of it, and spread it over processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final, TypeVar

from headquarters.progress import ProgressCallback, no_progress

_Piece = TypeVar("_Piece")
_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class Work:
    """The means of long work: processes, if there are any, and who is told how far it is."""

    executor: Executor | None = None
    progress: ProgressCallback = no_progress

    def spread(
        self, step: str, do: Callable[[_Piece], _Done], pieces: Sequence[_Piece]
    ) -> Iterator[_Done]:
        """Yield do(piece) for every piece, in order, run in the executor's processes if there is one."""
        run = map if self.executor is None else self.executor.map
        results: Iterable[_Done] = run(do, pieces)
        self.progress(step, 0, len(pieces))
        for done, result in enumerate(results, 1):
            self.progress(step, done, len(pieces))
            yield result

    def of(self, owner: int) -> Work:
        """Return the same, whose steps are told with the number of the trustee who does them."""

        def labelled(step: str, done: int, total: int) -> None:
            self.progress(f"{step} {owner}", done, total)

        return Work(self.executor, labelled)


ALONE: Final = Work()
"""In this process, told to nobody."""
