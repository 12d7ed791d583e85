"""Commands that no test runs are understood, and files that the texts link to exist.

Those in blocks of README and docs are run by tests/docs/test_code.py.
"""

from __future__ import annotations

import importlib.util
import re
import runpy
import shlex
from pathlib import Path

import pytest

from tests.docs import blocks
from tests.docs.blocks import ROOT
from tests.docs.shell import needs_official_games, understood, why_not

DELIBERATELY_WRONG = ROOT / "experiments" / "bad_inputs" / "README.md"
PAGES = sorted(
    file
    for file in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("experiments/**/*.md"))
    if file != DELIBERATELY_WRONG
)
YAML_FILES = sorted(ROOT.glob("conf/**/*.yaml"))

_COMMAND = re.compile(r"python -m ([a-z_][\w.]*)((?:\\\n|[^`\n])*)")
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_BLANKS = {
    "<time>": "time",
    "$ALFWORLD_DATA": "DATA",
    "seed=N": "seed=1",
    "\\\n": " ",
}


def _commands(file: Path) -> list[tuple[str, list[str]]]:
    """Module and arguments of the commands that a file shows, without those that are run."""
    text = file.read_text("utf-8")
    if file.suffix == ".yaml":
        text = "\n".join(line[1:] for line in text.splitlines() if line.startswith("#"))
    elif file in blocks.PAGES:
        page = file.relative_to(ROOT).as_posix()
        shown = [each for each in blocks.SHOWN if each.page == page]
        left = [each for each in shown if why_not(each) or needs_official_games(each)]
        text = "\n".join([blocks.outside(text), *(shlex.join(each.words) for each in left)])
    found = []
    for module, rest in _COMMAND.findall(text):
        for blank, filled in _BLANKS.items():
            rest = rest.replace(blank, filled)
        lexer = shlex.shlex(rest, posix=True, punctuation_chars="&|;")
        lexer.whitespace_split = True
        arguments = list(lexer)
        ends = [at for at, word in enumerate(arguments) if set(word) <= set("&|;")]
        found.append((module, arguments[: min(ends, default=len(arguments))]))
    return found


SHOWN = [
    pytest.param(
        module, arguments, id=f"{file.relative_to(ROOT)}: {' '.join([module, *arguments])}"
    )
    for file in (*PAGES, *YAML_FILES)
    for module, arguments in _commands(file)
]
COMMANDS = [each for each in SHOWN if str(each.values[0]).startswith("lfm.") and each.values[1]]
"""Those of LFM with settings; a bare name is a mention."""
OTHERS = [each for each in SHOWN if not str(each.values[0]).startswith("lfm.")]


def test_there_is_something_to_check() -> None:
    assert len(COMMANDS) > 20
    assert len(OTHERS) > 5


@pytest.mark.parametrize(("module", "arguments"), COMMANDS)
def test_shown_commands_are_understood(
    module: str, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings compose; nothing is run."""
    monkeypatch.setenv("ALFWORLD_DATA", "DATA")  # as the texts say that it has to be
    monkeypatch.chdir(tmp_path)
    here = [word for word in arguments if not word.startswith("hydra")]  # no launcher of jobs
    assert understood(module.removeprefix("lfm."), here)


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
@pytest.mark.parametrize(("module", "arguments"), OTHERS)
def test_other_modules_exist_and_know_their_options(
    module: str,
    arguments: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert importlib.util.find_spec(module) is not None
    options = {word for word in arguments if word.startswith("--")}
    if options:
        monkeypatch.setattr("sys.argv", [module, "--help"])
        with pytest.raises(SystemExit) as exit_:
            runpy.run_module(module, run_name="__main__")
        assert exit_.value.code == 0
        known = capsys.readouterr().out.replace(",", " ").replace("]", " ").split()
        assert options.difference(known) == set()


@pytest.mark.parametrize("folder", sorted((ROOT / "experiments").glob("*/__init__.py")))
def test_every_experiment_is_in_the_index_and_says_how_to_run_it(folder: Path) -> None:
    name = folder.parent.name
    assert f"]({name}/README.md)" in (ROOT / "experiments" / "README.md").read_text("utf-8")
    page = folder.with_name("README.md").read_text("utf-8")
    assert f"python -m experiments.{name}." in page


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_somewhere(file: Path) -> None:
    links = [link for link in _LINK.findall(file.read_text("utf-8")) if ":" not in link]
    missing = [link for link in links if not (file.parent / link).exists()]
    assert missing == []
