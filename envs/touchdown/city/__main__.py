"""Write a made-up city and its routes as files in the real layout.

    python -m envs.touchdown.city DIR --world-seed 0

It also prints how long and how varied the instructions are.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from envs.errors import UserError
from envs.touchdown.city.city import City
from envs.touchdown.city.files import write_city
from envs.touchdown.city.splits import SPLITS
from envs.touchdown.city.survey import Survey, survey


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="where to write")
    parser.add_argument("--world-seed", type=int, default=0, help="which city; %(default)s")
    options = parser.parse_args(arguments)
    started = time.process_time()
    city = City(options.world_seed)
    told = {split: city.routes(split) for split in SPLITS}
    seconds = time.process_time() - started
    try:
        files = write_city(city, options.folder)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write("".join(f"{file}\n" for file in files))
    sys.stdout.write(f"{_counted(city)}; all of it made in {seconds:.2f} s of processor time\n")
    for split, routes in told.items():
        sys.stdout.write(f"{split}: {_said(survey(city, routes))}\n")
    return 0


def _counted(city: City) -> str:
    names = Counter(place.name for place in city.surroundings.places if place.name)
    chains = sum(count > 1 for count in names.values())
    return (
        f"{len(city.nodes):,} panoramas, {len(city.links):,} ways, {len(city.pois):,} places, "
        f"{sum(names.values())} of them with one of {len(names)} names; {chains} names are of "
        "several places"
    )


def _said(found: Survey) -> str:
    turns = ", ".join(f"{count} with {number}" for number, count in found.turns.items())
    return (
        f"{found.routes} routes of {found.panos:.1f} panoramas (turns: {turns}); "
        f"{found.words:.1f} words and {found.sentences:.1f} sentences each; "
        f"{found.vocabulary} different words, {found.patterns} different instructions and "
        f"{found.sentence_patterns} different sentences without names, kinds, sides and numbers, "
        f"the commonest {found.commonest:.1%} of all; {found.by_landmark:.0%} of the turns by "
        "landmark"
    )


if __name__ == "__main__":
    sys.exit(main())
