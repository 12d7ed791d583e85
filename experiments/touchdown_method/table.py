"""Write the figures of the runs as a page and as JSON; nothing in them is typed by hand.

    python -m experiments.touchdown_method.table [--runs DIR] [--readme]

``--runs`` gathers what ``experiments.touchdown_method.run --out DIR`` made, and says on stderr
which runs are not finished and therefore left out; without it ``results.json`` beside this module
is read again. The tables are printed; ``--readme`` also writes them between the marks of
``README.md``, and ``results.json``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from experiments.pages import table_command
from experiments.touchdown_method.page import page
from experiments.touchdown_method.record import gather

HERE = Path(__file__).parent
BEGIN = "<!-- figures: written by experiments.touchdown_method.table -->"

main = table_command(__doc__, gather, page, BEGIN, HERE)

if __name__ == "__main__":
    sys.exit(main())
