"""Bad settings: names, types, values, and the way they are written."""

from __future__ import annotations

from experiments.bad_inputs.case import BadInput
from lfm.schemas import GROUPS

_ENVS = ", ".join(sorted(GROUPS["env"]))


def _train(what: str, argument: str, answer: str) -> BadInput:
    return BadInput("settings", what, "train", tuple(argument.split()), answer)


def _command(what: str, command: str, argument: str, answer: str) -> BadInput:
    return BadInput("commands", what, command, tuple(argument.split()), answer)


SETTINGS = (
    _train(
        "misspelt name",
        "env.max_stps=3",
        "env.max_stps: there is no such setting; did you mean env.max_steps?",
    ),
    _train(
        "misspelt name, forced with +",
        "+env.max_stps=3",
        "env.max_stps: there is no such setting; did you mean env.max_steps?",
    ),
    _train(
        "misspelt name, forced with ++",
        "++policy.learning_rte=0.1",
        "policy.learning_rte: there is no such setting; did you mean policy.learning_rate?",
    ),
    _train(
        "name without its group",
        "max_steps=3",
        "max_steps: there is no such setting; did you mean env.max_steps?",
    ),
    _train(
        "name that is in two groups",
        "hidden_size=64",
        "hidden_size: there is no such setting; did you mean policy.hidden_size or "
        "feedback_model.hidden_size?",
    ),
    _train(
        "name like no other",
        "zzz=1",
        "zzz: there is no such setting; --help lists them all.",
    ),
    _train(
        "word for a whole number",
        "env.max_steps=many",
        "env.max_steps: 'many' is not a whole number.",
    ),
    _train(
        "fraction for a whole number",
        "recipe.rounds=1.5",
        "recipe.rounds: '1.5' is not a whole number.",
    ),
    _train(
        "word for a number",
        "policy.dropout=low",
        "policy.dropout: 'low' is not a number.",
    ),
    _train("null for a number", "seed=null", "seed: null is not a whole number."),
    _train("empty value", "seed=", "seed: '' is not a whole number."),
    _train("list for a number", "seed=[1]", "seed: '[1]' is not a whole number."),
    _train(
        "unknown engine",
        "env.engine=quick",
        "env.engine: 'quick' is not one of fast, textworld.",
    ),
    _train(
        "unknown kind of goals",
        "env.goals=robot",
        "env.goals: 'robot' is not one of template, human.",
    ),
    _train(
        "path as the new tasks",
        "env.split=valid/unseen",
        "env.split: 'valid/unseen' is not the name of a folder; give one such as valid_unseen, and "
        "where it is with env.data=DIR.",
    ),
    _train(
        "training tasks as the new tasks",
        "env.split=train",
        "env.split: train is what the policy learns from, so it shows nothing about new tasks; "
        "choose valid_seen or valid_unseen.",
    ),
    _train(
        "unknown environment",
        "env=alfword",
        f"env: there is no 'alfword'; choose one of {_ENVS}.",
    ),
    _train(
        "unknown experiment",
        "experiment=smok",
        "experiment: there is no 'smok'; choose one of alfworld_official, "
        "equal_tokens, scienceworld_smoke, smoke, touchdown_lenient, touchdown_map2seq, "
        "touchdown_smoke.",
    ),
    _train(
        "no environment",
        "env=null",
        f"env=null: write env=... with one of {_ENVS}.",
    ),
    _train(
        "environment added a second time",
        "+env=alfworld",
        f"+env=alfworld: write env=... with one of {_ENVS}.",
    ),
    _train(
        "setting taken away",
        "~env.max_steps",
        "~env.max_steps: a setting cannot be taken away; give it a value: env.max_steps=...",
    ),
    _train(
        "no steps",
        "env.max_steps=0",
        "env.max_steps: 0 is out of range; it must be at least 1.",
    ),
    _train(
        "negative seed", "seed=-1", "seed: -1 is out of range; it must be from 0 to 4294967295."
    ),
    _train(
        "rate above one",
        "critic.miss_rate=20",
        "critic.miss_rate: 20.0 is out of range; it must be from 0 to 1.",
    ),
    _train(
        "not a number, as a number",
        "policy.learning_rate=nan",
        "policy.learning_rate: nan is out of range; it must be above 0.",
    ),
    _train(
        "infinite temperature",
        "recipe.temperature=inf",
        "recipe.temperature: inf is out of range; it must be above 0.",
    ),
    _train(
        "width that the heads cannot share",
        "policy.hidden_size=190",
        "policy.hidden_size: 190 cannot be shared among 4 heads; it must be a multiple of 8 "
        "(twice policy.heads).",
    ),
    _train(
        "folder with =",
        "run_dir=a=b",
        "run_dir: the value a=b is not understood; a value with =, commas, spaces, quotes or "
        "brackets needs quotes inside quotes: \"run_dir='...'\"",
    ),
    _train(
        "several values at once",
        "seed=1,2",
        "seed=1,2: several values need --multirun; a comma that belongs to the value needs "
        "quotes: \"seed='...'\"",
    ),
    _train(
        "value that refers to nothing",
        "seed=${nothing}",
        "seed: Interpolation key 'nothing' not found; write the value itself.",
    ),
    _train(
        "new folder and resumed folder",
        "run_dir=a resume=b",
        "resume: it already names the run directory; leave out run_dir=... to go on with that "
        "run, or leave out resume=... to start a new one.",
    ),
    _train(
        "setting of another environment",
        "env=scienceworld env.games=4",
        "env.games: with the env=... that was chosen there is no such setting.",
    ),
    _train(
        "unknown ScienceWorld task",
        "env=scienceworld env.tasks=[boyl]",
        "ScienceWorld has no task 'boyl' among its 30; similar ones: boil.",
    ),
    _train(
        "one word for a list",
        "env=scienceworld env.tasks=boil",
        "env.tasks: this is not a list: words in brackets, as in [a,b].",
    ),
    _train(
        "mapping for a list",
        "env=scienceworld env.task_steps={boil:60}",
        "env.task_steps: this is not a list: words in brackets, as in [a,b].",
    ),
    _train(
        "part of a list",
        "env=scienceworld env.task_steps.boil=60",
        "env.task_steps.boil: there is no such setting; did you mean env.task_steps?",
    ),
    _train(
        "task without its step limit",
        "env=scienceworld env.task_steps=[boil]",
        "env.task_steps: 'boil' is not the limit of a task; write a task's name and its steps, as "
        "in [boil:60].",
    ),
    _train(
        "fewer steps than a protocol gives to a task",
        "env=scienceworld_eto env.max_steps=50",
        "task_steps: 100 steps for boil are out of range; give it 1 to 50, or raise max_steps, "
        "which no task exceeds.",
    ),
    _train(
        "unknown simplification",
        "env=scienceworld env.simplifications=eazy",
        "simplifications='eazy': there is no simplification 'eazy'; similar ones: easy.",
    ),
    _train(
        "simplification that makes a task impossible",
        "env=scienceworld env.simplifications=noElectricalAction",
        "simplifications='noElectricalAction': power-component cannot be solved with "
        "noElectricalAction; leave it out, or use 'easy', which leaves it out where it must.",
    ),
    _train(
        "split of another environment",
        "env=scienceworld env.split=valid_unseen",
        "env.split: 'valid_unseen' is not known; choose one of train, dev, test.",
    ),
    _train(
        "training tasks of ScienceWorld as the new tasks",
        "env=scienceworld env.split=train",
        "env.split: train is what the policy learns from, so it shows nothing about new tasks; "
        "choose dev or test.",
    ),
    _train(
        "planner where there is none",
        "env=scienceworld recipe=dagger recipe.teacher=planner",
        "recipe.teacher: planner needs env=alfworld; there is no planner for env=scienceworld, "
        "whose expert is recipe.teacher=expert.",
    ),
    _train(
        "official games without their folder",
        "experiment=alfworld_official",
        "env.data: no folder is named; say where the official games are, with ALFWORLD_DATA=DIR in "
        "the environment or env.data=DIR",
    ),
)

COMMANDS = (
    _command(
        "word instead of a setting",
        "train",
        "alfworld",
        "alfworld: not understood; settings are written name=value, as in env=alfworld.",
    ),
    _command(
        "setting with dashes",
        "train",
        "--seed=3",
        "--seed=3: settings are written without dashes: seed=...",
    ),
    _command(
        "evaluate without a policy",
        "evaluate",
        "env=alfworld",
        "policy: must be given, as policy=...; Folder of a policy, or the word expert, random or "
        "chat, or in streets straight, random_walk or traffic_walk.",
    ),
    _command(
        "evaluate with a setting of training",
        "evaluate",
        "policy=expert recipe=bc",
        "recipe: there is no such setting; --help lists them all.",
    ),
    _command(
        "adapt without a feedback model",
        "adapt",
        "policy={dir}",
        "feedback_model: must be given, as feedback_model=...; Folder of the feedback model that "
        "judges its steps.",
    ),
    _command(
        "inspect without a run",
        "inspect",
        "",
        "run: say what to read: run=DIR, or runs=DIR for a list of runs.",
    ),
)
