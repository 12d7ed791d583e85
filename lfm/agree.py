"""How far two opinions on the same steps agree: ``python -m lfm.agree a=... b=...``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from envs.files import write_json
from lfm.cli import run_command
from lfm.comparison import Comparison, compare
from lfm.opinions import check_same_episodes, read_opinion, simulator_opinion
from lfm.reading_config import SIMULATOR, AgreeConfig
from lfm.statistics import Interval


def main(cfg: AgreeConfig) -> Comparison:
    """Compare, print, and write the result if asked to.

    Raises:
        UserError: if a side has no labels, or they are of other steps.
    """
    first = Path(cfg.a)
    if cfg.b == SIMULATOR:
        second = simulator_opinion(first)
    else:
        check_same_episodes(first, Path(cfg.b))
        second = read_opinion(Path(cfg.b), study=cfg.study)
    comparison = compare(read_opinion(first, study=cfg.study), second, cfg.seed)
    Console(highlight=False).print(_table(comparison))
    if cfg.out is not None:
        write_json(Path(cfg.out), asdict(comparison))
    return comparison


def _table(comparison: Comparison) -> Table:
    """Counts, then measures with their intervals."""
    table = Table("a measured by b", "", title="Agreement", title_justify="left")
    for name, value in asdict(comparison).items():
        if isinstance(value, Interval):
            shown = f"{value.value:.3f} ({value.low:.3f} to {value.high:.3f})"
        else:
            shown = f"{value:,}"
        table.add_row(name.replace("_", " "), shown)
    return table


if __name__ == "__main__":
    run_command(main, "agree")
