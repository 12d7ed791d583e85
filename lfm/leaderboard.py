"""A leaderboard, best first: ``python -m lfm.leaderboard file=FILE``."""

from __future__ import annotations

from pathlib import Path

from lfm.cli import run_command
from lfm.output import answer
from lfm.reading_config import LeaderboardConfig
from lfm.standings import as_json, groups, read, sheets


def main(config: LeaderboardConfig) -> None:
    """Print the file that ``python -m lfm.evaluate leaderboard=FILE`` adds to.

    Raises:
        UserError: if the file is missing or damaged.
    """
    grouped = groups(read(Path(config.file)))
    answer(config.format, as_json(grouped), [each for group in grouped for each in sheets(group)])


if __name__ == "__main__":
    run_command(main, "leaderboard")
