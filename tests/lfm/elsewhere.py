"""Who stands for the processes of a cluster."""

from __future__ import annotations

import pickle
from collections.abc import Generator, Sequence
from typing import Any

from lfm.workers import Job


class Elsewhere:
    """Does the parts from the last to the first, each in what stands for a process of its own."""

    def do(self, job: Job[Any, Any], parts: Sequence[Any]) -> Generator[tuple[int, Any]]:
        sent = pickle.dumps(job)
        for number in reversed(range(len(parts))):
            with pickle.loads(sent).open() as work:
                result = work(pickle.loads(pickle.dumps(parts[number])))
            yield number, pickle.loads(pickle.dumps(result))
