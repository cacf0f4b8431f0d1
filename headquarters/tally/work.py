"""Run the steps of a tally in a process pool and report progress."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from typing import TypeVar

from headquarters.progress import ProgressCallback

_Piece = TypeVar("_Piece")
_Done = TypeVar("_Done")


def spread(
    step: str,
    work: Callable[[_Piece], _Done],
    pieces: Sequence[_Piece],
    executor: Executor | None,
    progress: ProgressCallback,
) -> Iterator[_Done]:
    """Yield work(piece) for every piece, in order, run in the executor's processes if there is one."""
    results: Iterable[_Done] = map(work, pieces) if executor is None else executor.map(work, pieces)
    progress(step, 0, len(pieces))
    for done, result in enumerate(results, 1):
        progress(step, done, len(pieces))
        yield result
