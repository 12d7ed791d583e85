"""``python -m lfm.export run=DIR format=... out=...``: a run as files that other tools read."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from envs.errors import UserError
from envs.files import TEMPORARY_PREFIX, naming_errors
from lfm.cli import run_command
from lfm.export_config import ExportConfig, Format
from lfm.exports.chat import write_chat
from lfm.exports.inspect import write_inspect
from lfm.exports.minari import write_minari
from lfm.exports.parquet import write_parquet
from lfm.exports.preference import write_preference
from lfm.exports.source import Source
from lfm.exports.stepwise import write_stepwise
from lfm.progress import say

_WRITERS: dict[Format, tuple[Callable[[Source, Path], int], str, str]] = {
    Format.parquet: (write_parquet, "episodes", "finished episode"),
    Format.chat: (write_chat, "conversations", "played episode of which something was imitated"),
    Format.stepwise: (write_stepwise, "rows", "labelled step"),
    Format.preference: (
        write_preference,
        "pairs",
        "state in which one action was called productive and another was not, or an answer that "
        "was called wrong and written anew",
    ),
    Format.inspect: (write_inspect, "samples", "finished episode"),
    Format.minari: (write_minari, "episodes", "played episode with a step"),
}
"""What writes a format, what it counts, and what it needs one of."""


def main(config: ExportConfig) -> int:
    """Write what the settings ask for, whole or not at all.

    Returns:
        How many episodes, conversations, rows or pairs there are in it.

    Raises:
        UserError: if the folder is no run or has nothing for the format, ``out`` is there already,
            or a package is missing.
    """
    out = Path(config.out)
    if out.exists():
        raise UserError(f"out: {out} is there already; choose another name, or delete it first")
    source = Source.of(Path(config.run), config.set, config.labels)
    write, what, needed = _WRITERS[config.format]
    with _new(out) as unfinished:
        count = write(source, unfinished)
        if not count:
            raise UserError(
                f"format: {config.format.value} needs a {needed}, and there is none in "
                f"{config.set or 'any set'} of {source.run}; try another set= or labels="
            )
    say(f"{out}: {count:,} {what}")
    return count


@contextmanager
def _new(out: Path) -> Iterator[Path]:
    """A place for a file or folder that gets its name when the body succeeds, and goes if not."""
    with naming_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix=TEMPORARY_PREFIX, dir=out.parent)
    with folder:
        unfinished = Path(folder.name) / out.name
        yield unfinished
        with naming_errors(out):
            unfinished.rename(out)


if __name__ == "__main__":
    run_command(main, "export")
