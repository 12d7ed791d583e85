"""Read a million damaged answers of critics, and count what goes wrong.

    python -m experiments.critic_parsing.run --answers 1000000 --seed 0

Each answer begins as one of a well-formed kind with random labels, is changed in one to eight
places, and is then read, once in four times by the reader of another kind. The last line is
`answers N exceptions 0 wrong 0`: exceptions that a reader raised, and readings that break a promise
(a label for a step that was not shown, two for one step, a text that no file can hold, or a
classification that the labels contradict). The exit code is 1 if there is one.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Sequence

from experiments.command import argument_parser
from experiments.critic_parsing.answers import Asked, mutated, well_formed
from lfm.critics.reading.base import Reading
from lfm.critics.reading.read import READERS, read

FORMS = tuple(READERS)


def keeps_its_promises(reading: Reading, asked: Asked) -> bool:
    """Whether a reading is what :class:`lfm.critics.reading.base.Reading` says."""
    steps = [label.step for label in reading.steps]
    texts = (reading.summary, reading.suggestion, *(label.reason for label in reading.steps))
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return False
    return (
        steps == sorted(set(steps))
        and all(asked.first <= step <= asked.last for step in steps)
        and bool(steps) == (reading.how in ("parsed", "repaired"))
    )


def fuzz(answers: int, seed: int) -> Counter[str]:
    """Damage answers and read them.

    Args:
        answers: how many.
        seed: of the answers and of what is done to them.

    Returns:
        How often each reader came to what (``"bullets parsed"``), and ``"exceptions"`` and
        ``"wrong"``; the first of each kind is shown on stderr.
    """
    rng, counts = random.Random(seed), Counter[str]()
    before = ""
    for number in range(answers):
        whole = well_formed(FORMS[number % len(FORMS)], rng)
        asked = mutated(whole, before, rng)
        before = whole.text
        form = FORMS[number % len(FORMS)] if rng.random() < 0.75 else rng.choice(FORMS)
        counts[_outcome(form, asked, rng.random() < 0.5)] += 1
    return counts


def _outcome(form: str, asked: Asked, complete: bool) -> str:
    try:
        reading = read(form, asked.text, asked.first, asked.last, complete=complete)
    except Exception as error:  # whatever it is, it is what is counted
        sys.stderr.write(f"{form}: {error!r} for {asked!r}\n")
        return "exceptions"
    if not keeps_its_promises(reading, asked):
        sys.stderr.write(f"{form}: {reading!r} for {asked!r}\n")
        return "wrong"
    return f"{form} {reading.how}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argument_parser(__doc__)
    parser.add_argument("--answers", type=int, default=1_000_000, help="how many (default 1000000)")
    parser.add_argument("--seed", type=int, default=0, help="of all chances (default 0)")
    options = parser.parse_args(arguments)
    start = time.process_time()
    counts = fuzz(options.answers, options.seed)
    for outcome, count in sorted(counts.items()):
        sys.stdout.write(f"{outcome}: {count:,}\n")
    sys.stdout.write(f"{time.process_time() - start:.0f} s of one core\n")
    exceptions, wrong = counts["exceptions"], counts["wrong"]
    sys.stdout.write(f"answers {options.answers} exceptions {exceptions} wrong {wrong}\n")
    return int(bool(exceptions or wrong))


if __name__ == "__main__":
    sys.exit(main())
