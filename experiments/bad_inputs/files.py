"""Bad files: data that is missing, damaged or does not fit, and folders that are something else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from experiments.bad_inputs.case import BadInput, nothing

_GAME = "json_2.1.1/valid_unseen/task/trial/game.tw-pddl"
_OLD_GRAMMAR = '"Your task is to: look at it." "put {o} in/on {r}"'


def _game(text: str) -> Callable[[Path], None]:
    """A data folder with one game."""

    def prepare(folder: Path) -> None:
        file = folder / _GAME
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
        (file.parent / "traj_data.json").write_text("{}", encoding="utf-8")

    return prepare


def _some_games(folder: Path) -> None:
    for number in range(3):
        (folder / "json_2.1.1" / "valid_unseen" / "task" / f"trial{number}").mkdir(parents=True)


def _evaluate(
    area: str,
    what: str,
    arguments: str,
    answer: str,
    prepare: Callable[[Path], None] = nothing,
) -> BadInput:
    words = ("policy=expert", *arguments.split())
    return BadInput(area, what, "evaluate", words, answer, prepare)


def _train(what: str, arguments: str, answer: str) -> BadInput:
    words = ("run_dir={dir}/run", *arguments.split())
    return BadInput("data", what, "train", words, answer)


FILES: tuple[BadInput, ...] = (
    _evaluate(
        "data",
        "Java that does not exist",
        "env=scienceworld env.tasks=[boil] env.per_task=1 env.java={dir}/java",
        "java='{dir}/java' is no program; give the path of a 'java', or choose bundled or system.",
    ),
    _evaluate(
        "data",
        "data folder that does not exist",
        "env.data={dir}/nowhere",
        "The ALFWorld data folder {dir}/nowhere does not exist; give the folder that "
        "holds json_2.1.1 (env.data=DIR or ALFWORLD_DATA), or run 'alfworld-download'.",
    ),
    _evaluate(
        "data",
        "data folder without games",
        "env.data={dir}",
        "There is no split 'valid_unseen' in {dir} (looked for json_2.1.1/valid_unseen "
        "and valid_unseen); check env.data and env.split, or run 'alfworld-download'.",
    ),
    _evaluate(
        "data",
        "file instead of a data folder",
        "env.data={dir}/" + _GAME,
        "The ALFWorld data folder "
        "{dir}/json_2.1.1/valid_unseen/task/trial/game.tw-pddl does not exist; give "
        "the folder that holds json_2.1.1 (env.data=DIR or ALFWORLD_DATA), or run "
        "'alfworld-download'.",
        _game("{}"),
    ),
    _evaluate(
        "data",
        "split without its games",
        "env.data={dir}",
        "{dir}/json_2.1.1/valid_unseen has 0 games where 134 are expected; the data "
        "are incomplete or mixed: run 'alfworld-download -f' to fetch the games again.",
        _some_games,
    ),
    _evaluate(
        "data",
        "generated tasks with goals written by people",
        "env.games=1 env.goals=human",
        "Task 'look_at_obj_in_light-AlarmClock-None-DeskLamp-329/trial_39718dbb4308' "
        "has no goal written by a person; goals=human needs the official games "
        "(env.data=DIR or ALFWORLD_DATA), else use goals=template.",
    ),
    _train(
        "new tasks that nobody generates",
        "env.split=test",
        "Generated games have the splits train, valid_seen, valid_unseen, not 'test'; a split of "
        "your own needs a data folder (env.data=DIR or ALFWORLD_DATA).",
    ),
    _train(
        "more demonstrations than there are tasks",
        "env.games=4 recipe.demonstrations=5",
        "recipe.demonstrations: 5 training tasks are asked for and there are 4; ask for fewer",
    ),
    _train(
        "more tasks to try than there are",
        "env.games=4 recipe.demonstrations=4 recipe.rollout_tasks=5",
        "recipe.rollout_tasks: 5 training tasks are asked for and there are 4; ask for fewer",
    ),
    _evaluate(
        "games",
        "game file cut short",
        "env.data={dir}",
        "{dir}/json_2.1.1/valid_unseen/task/trial/game.tw-pddl: game task/trial: not "
        "JSON (Unterminated string starting at: line 1 column 17 (char 16)); download "
        "the file again.",
        _game('{"pddl_domain": "(def'),
    ),
    _evaluate(
        "games",
        "empty game file",
        "env.data={dir}",
        "{dir}/json_2.1.1/valid_unseen/task/trial/game.tw-pddl: game task/trial: not "
        "JSON (Expecting value: line 1 column 1 (char 0)); download the file again.",
        _game(""),
    ),
    _evaluate(
        "games",
        "game file of something else",
        "env.data={dir}",
        "{dir}/json_2.1.1/valid_unseen/task/trial/game.tw-pddl: game task/trial: no "
        "pddl_domain, grammar, pddl_problem, walkthrough in the file; it is not a "
        "game.tw-pddl.",
        _game('{"a": 1}'),
    ),
    _evaluate(
        "games",
        "game with the grammar of older data",
        "env.data={dir}",
        "{dir}/json_2.1.1/valid_unseen/task/trial/game.tw-pddl: game task/trial: it has the old "
        "'put ... in/on' grammar (data of ALFWorld before 0.4); this engine plays the current "
        "data: run 'alfworld-download -f', and choose the older wording with env.dialect=put.",
        _game(
            json.dumps(
                {
                    "pddl_domain": "(define (domain alfred))",
                    "grammar": _OLD_GRAMMAR,
                    "pddl_problem": "(define (problem x))",
                    "walkthrough": ["look"],
                }
            )
        ),
    ),
    BadInput(
        "files",
        "policy folder that does not exist",
        "evaluate",
        ("policy={dir}/nowhere", "env.games=1"),
        "no policy in {dir}/nowhere: it has no config.json; name a folder such as "
        "RUN/policies/bc that a run has written",
    ),
    BadInput(
        "files",
        "policy folder without a policy",
        "evaluate",
        ("policy={dir}",),
        "no policy in {dir}: it has no config.json; name a folder such as "
        "RUN/policies/bc that a run has written",
    ),
    BadInput(
        "files",
        "feedback model folder without a feedback model",
        "adapt",
        ("policy={dir}", "feedback_model={dir}", "run_dir={dir}/run"),
        "no feedback model in {dir}: it has no config.json; name a folder such as "
        "RUN/feedback_model/round1 that a run has written",
    ),
    BadInput(
        "files",
        "inspecting a folder that does not exist",
        "inspect",
        ("run={dir}/no",),
        "run: {dir}/no is no run (it has no config.yaml)",
    ),
    BadInput(
        "files",
        "inspecting a folder that is no run",
        "inspect",
        ("run={dir}",),
        "run: {dir} is no run (it has no config.yaml)",
    ),
    BadInput(
        "files",
        "resuming a run that does not exist",
        "train",
        ("resume={dir}/nowhere",),
        "there is no run {dir}/nowhere to resume; check the path",
    ),
    BadInput(
        "files",
        "run directory that holds something else",
        "train",
        ("run_dir={dir}",),
        "{dir} holds files but no run (no config.yaml); choose an empty or new folder as run_dir",
        lambda folder: (folder / "thesis.tex").touch(),
    ),
    BadInput(
        "files",
        "run directory that is a file",
        "train",
        ("run_dir={dir}/file",),
        "cannot write {dir}/file: File exists; check that the place exists and is writable",
        lambda folder: (folder / "file").touch(),
    ),
    BadInput(
        "files",
        "result where no file can be",
        "evaluate",
        ("policy=random", "env.games=1", "out={dir}/file/result.json"),
        "cannot write {dir}/file/result.run: Not a directory; check that the place exists "
        "and is writable",
        lambda folder: (folder / "file").touch(),
    ),
)
