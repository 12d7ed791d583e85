"""Settings: every file composes, every mistake is answered by one sentence."""

from __future__ import annotations

import dataclasses
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hydra.core.config_store import ConfigStore

from envs.errors import UserError
from envs.scienceworld.metrics import PROTOCOLS, Protocol
from envs.scienceworld.tasks import task_ids
from experiments.bad_inputs.case import BadInput
from experiments.bad_inputs.settings import COMMANDS as COMMAND_CASES
from experiments.bad_inputs.settings import SETTINGS
from lfm import cli
from lfm.answer_config import AnswerConfig
from lfm.config import EvaluateConfig, TrainConfig
from lfm.critic_config import AnswerForm
from lfm.critics.reading.read import READERS
from lfm.schemas import COMMANDS, GROUPS, env_name, register
from lfm.settings import field_docs, flat_settings
from tests.lfm.composing import compose

REQUIRED = {
    "config": [],
    "evaluate": ["policy.path=expert"],
    "compare": ["a=x", "b=y"],
    "leaderboard": ["file=x"],
    "adapt": ["policy.path=a", "feedback_model.path=b"],
    "inspect": ["run=a"],
    "agree": ["a=x", "b=y"],
    "push": ["policy.path=a", "repo=me/a"],
    "doctor": [],
    "export": ["run=a", "format=chat", "out=b"],
}
NEEDED = {
    ("policy", "causal"): ["policy.path=a"],
    ("feedback_model", "causal"): ["feedback_model.path=a"],
    ("critic", "openai"): ["critic.model=a"],
    ("critic", "transformers"): ["critic.model=a"],
    ("recipe", "actpred"): ["chat.model=a"],
    ("experiment", "equal_tokens"): ["critic.model=a"],
    ("critic", "person"): ["critic.file=a.csv", "env=hidden_rule", "policy=writer"],
    ("policy", "writer"): ["env=hidden_rule"],
    ("recipe", "ilf"): ["env=hidden_rule"],
    ("recipe", "feedback_conditioning"): ["env=hidden_rule"],
    **{
        ("env", option): ["policy=writer"]
        for option, schema in GROUPS["env"].items()
        if issubclass(schema, AnswerConfig)
    },
}
"""What an option cannot be used without."""
OF_ONE_RECIPE = "aside"
"""A group that only recipe=feedback_conditioning asks for, as a part of itself."""

CONF = resources.files("conf")


def _names(folder: str) -> list[str]:
    entries = (entry.name for entry in (CONF / folder).iterdir())
    return sorted(name.removesuffix(".yaml") for name in entries if name.endswith(".yaml"))


def test_every_file_and_folder_has_its_schema() -> None:
    assert _names(".") == sorted(COMMANDS)
    for group, options in GROUPS.items():
        assert _names(group) == sorted(options)


@pytest.mark.parametrize("command", COMMANDS)
def test_commandscompose(command: str) -> None:
    config = compose(command, REQUIRED[command])
    assert type(config) is COMMANDS[command]


@pytest.mark.parametrize(
    ("group", "option"),
    [(group, option) for group in GROUPS for option in _names(group) if group != OF_ONE_RECIPE],
)
def test_every_option_composes(group: str, option: str) -> None:
    command = "adapt" if group == "adaptation" else "config"
    chosen = [*REQUIRED[command], f"{group}={option}", *NEEDED.get((group, option), ())]
    config = compose(command, chosen)
    assert type(getattr(config, group)) is GROUPS[group][option]


@pytest.mark.parametrize("experiment", _names("experiment"))
def test_every_experiment_composes(experiment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALFWORLD_DATA", "somewhere")
    needed = NEEDED.get(("experiment", experiment), ())
    config = compose("config", [f"experiment={experiment}", *needed])
    assert config.experiment == experiment


def test_an_environment_brings_values_of_its_own() -> None:
    """They hold for all kin of a recipe, and what a user or an experiment says wins."""
    config = compose("config", ["env=scienceworld"])
    assert config.recipe.demonstrations > compose("config", []).recipe.demonstrations
    assert (config.recipe.rounds, config.recipe.batch_envs) == (1, 8)
    cloning = compose("config", ["env=scienceworld", "recipe=bc"])
    assert cloning.recipe.demonstrations == config.recipe.demonstrations
    assert cloning.recipe.rounds == 0
    said = ["recipe.demonstrations=7", "env=scienceworld"]
    assert compose("config", said).recipe.demonstrations == 7
    smoke = compose("config", ["experiment=scienceworld_smoke"])
    assert (smoke.env.name, smoke.recipe.demonstrations, smoke.env.per_task) == (
        "scienceworld", 8, 1,
    )  # fmt: skip
    for command in ("evaluate", "adapt"):
        chosen = [*REQUIRED[command], "env=scienceworld"]
        assert compose(command, chosen).batch_envs == 8
        assert compose(command, REQUIRED[command]).batch_envs == 64


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=lambda protocol: protocol.name)
def test_a_protocol_can_be_chosen_and_is_the_one_of_the_table(protocol: Protocol) -> None:
    config = compose("config", [f"env=scienceworld_{protocol.name}"])
    env = config.env
    settings = protocol.settings()
    assert (tuple(env.tasks), env.limits()) == (settings.pop("tasks"), settings.pop("task_steps"))
    assert {name: getattr(env, name) for name in settings} == settings
    tasks = task_ids("train", env.train_per_task, env.tasks)
    assert len(tasks) >= config.recipe.demonstrations  # else it could not be trained as it is


@pytest.mark.parametrize("option", GROUPS["env"])
def test_values_for_an_environment_hold_for_its_protocols(option: str) -> None:
    chosen, plain = f"env={option}", f"env={env_name(option)}"
    needed = NEEDED.get(("env", option), ())
    config = compose("config", [chosen, *needed])
    assert config.env.name == env_name(option)
    expected = compose("config", [plain, *needed])
    assert (config.recipe, config.policy) == (expected.recipe, expected.policy)
    for command in ("evaluate", "adapt"):
        found, expected = (compose(command, [*REQUIRED[command], env]) for env in (chosen, plain))
        assert dataclasses.replace(found, env=expected.env) == expected


def test_every_file_for_an_environment_is_of_one() -> None:
    """Such a file is optional to Hydra, which would not miss one whose name is wrong."""
    for file in Path(str(CONF)).glob("**/*_for/*.yaml"):
        assert file.stem in set(map(env_name, GROUPS["env"])), file
        owner = file.parent.with_name(file.parent.name.removesuffix("_for") + ".yaml")
        users = [owner] if owner.exists() else [CONF / "evaluate.yaml", CONF / "adapt.yaml"]
        for user in users:
            asked = f"  - optional {file.parent.name}@_here_: ${{env_name:${{env}}}}\n"
            assert asked in user.read_text("utf-8"), file


def test_what_is_evaluated() -> None:
    alfworld = compose("config", ["env.split=valid_unseen"]).env
    assert alfworld.evaluated_splits() == ("valid_seen", "valid_unseen")
    assert compose("config", ["env.split=valid_seen"]).env.evaluated_splits() == ("valid_seen",)
    assert compose("config", ["env=scienceworld"]).env.evaluated_splits() == ("dev",)


def test_a_file_of_routes_names_the_split() -> None:
    routes = ["env=touchdown", "env.data=a", "env.routes=b/dev_part.json", "env.landmarks=c/d.npz"]
    env = compose("config", routes).env
    assert env.evaluated_splits() == ("dev_part",)
    assert env.facts() == {
        "actions": "turns", "stop": "explicit", "landmarks": "d.npz", "routes": "dev_part.json",
        "train_routes": None, "traffic": False, "scenario": None, "games": 0,
    }  # fmt: skip
    assert (env.goals_by(), compose("config", routes[:1]).env.goals_by()) == ("human", "template")


@pytest.mark.parametrize(
    ("setting", "answer"),
    [
        ("env.routes=b.json", "env.data=DIR"),
        ("env.train_routes=b.json", "env.data=DIR"),
        ("env.scenario=map2seq", "env.data=DIR"),
        ("env.split=valid_seen", "dev_unseen"),
        ("env.world_seed=-1", "env.world_seed"),
    ],
)
def test_streets_need_what_belongs_to_them(setting: str, answer: str) -> None:
    with pytest.raises(UserError, match=answer):
        compose("config", ["env=touchdown", setting])


@pytest.mark.parametrize(
    ("settings", "answer"),
    [
        (["prompt.step='$step: $reward'"], r"prompt\.step: .*'reward'.*\$observation"),
        (["prompt.question='a $ b'"], r"prompt\.question: a \$ in it"),
        (["prompt.version=0"], r"prompt\.version"),
        (["critic.window=-1"], r"critic\.window"),
        (["critic=openai", "critic.model=a", "critic.money_budget=1"], r"critic\.price_in"),
        (["critic=openai", "critic.model=a", "critic.base_url=host"], r"critic\.base_url"),
    ],
)
def test_a_critic_is_asked_with_what_makes_sense(settings: list[str], answer: str) -> None:
    with pytest.raises(UserError, match=answer):
        compose("config", settings)


def test_prompts_are_read_by_readers_that_exist() -> None:
    assert {form.value for form in AnswerForm} == READERS.keys()
    for option in GROUPS["prompt"]:
        prompt = compose("config", [f"prompt={option}"]).prompt
        assert prompt.name == option


def test_success_has_a_part_in_the_choice_only_where_not_all_is_read() -> None:
    chosen = ["critic=openai", "critic.model=a"]
    assert not compose("config", chosen).critic.chooses_by_success
    assert compose("config", [*chosen, "critic.max_windows=9"]).critic.chooses_by_success
    assert not compose("config", ["critic.max_windows=9"]).critic.chooses_by_success


def test_every_field_is_explained() -> None:
    schemas = {*COMMANDS.values(), *(s for options in GROUPS.values() for s in options.values())}
    for schema in schemas:
        for field in dataclasses.fields(schema):
            assert field_docs(schema).get(field.name), f"{schema.__name__}.{field.name}"


def test_every_file_says_how_to_run_it() -> None:
    files = [CONF / f"{name}.yaml" for name in _names(".")]
    files += [CONF / group / f"{name}.yaml" for group in GROUPS for name in _names(group)]
    for file in files:
        assert file.read_text("utf-8").startswith("# "), file


def _answer(
    case: BadInput, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> tuple[int, str, str]:
    def main(cfg: object) -> None:
        raise AssertionError(f"the command ran, with {cfg}")

    name = "config" if case.command == "train" else case.command
    arguments = [text.replace("{dir}", str(folder)) for text in case.arguments]
    monkeypatch.setattr("sys.argv", [case.command, *arguments])
    with pytest.raises(SystemExit) as exit_:
        cli.run_command(main, name)
    assert isinstance(exit_.value.code, int)
    return exit_.value.code, *capsys.readouterr()


@pytest.mark.parametrize(
    "case", [*SETTINGS, *COMMAND_CASES], ids=lambda case: case.what.replace(" ", "_")
)
def test_bad_settings_are_answered_by_one_sentence(
    case: BadInput, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = _answer(case, tmp_path, capsys, monkeypatch)
    assert (code, out, err) == (2, "", case.answer.replace("{dir}", str(tmp_path)) + "\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "settings",
    [
        ("recipe=dagger", "recipe.teacher=critic"),
        ("recipe=lfm", "recipe.teacher=planner"),
        ("recipe=bc", "recipe.teacher=chat"),
        ("recipe=actpred", "recipe.teacher=expert"),
    ],
)
def test_a_teacher_goes_with_its_recipe(
    settings: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    def main(cfg: object) -> None:
        raise AssertionError(f"the command ran, with {cfg}")

    assert _run(main, *settings, monkeypatch=monkeypatch) == 2
    recipe, teacher = (each.partition("=")[2] for each in settings)
    said = f"recipe.teacher: {teacher} does not go with recipe={recipe}; "
    assert capsys.readouterr().err.startswith(said)


def test_help_shows_the_values_of_what_was_chosen(
    capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    _run(lambda cfg: None, "--help", monkeypatch=monkeypatch)
    assert "env.max_steps=50 " in capsys.readouterr().out
    _run(lambda cfg: None, "env=scienceworld", "--help", monkeypatch=monkeypatch)
    shown = capsys.readouterr().out
    assert "env.max_steps=80 " in shown
    assert "as in [boil,melt]" in shown


def _run(main: Any, *arguments: str, monkeypatch: Any, command: str = "config") -> int:
    monkeypatch.setattr("sys.argv", ["train", *arguments])
    with pytest.raises(SystemExit) as exit_:
        cli.run_command(main, command)
    assert isinstance(exit_.value.code, int)
    return exit_.value.code


def test_main_gets_dataclasses(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    seen: list[TrainConfig] = []
    code = _run(seen.append, "seed=3", "run_dir='a=b, c'", monkeypatch=monkeypatch)
    assert code == 0
    assert type(seen[0]) is TrainConfig
    assert (seen[0].seed, seen[0].run_dir) == (3, "a=b, c")
    assert not list(tmp_path.iterdir())


def test_folders_have_a_short_form(monkeypatch: Any) -> None:
    seen: list[Any] = []
    _run(seen.append, "policy=expert", monkeypatch=monkeypatch, command="evaluate")
    _run(seen.append, "policy.path=expert", monkeypatch=monkeypatch, command="evaluate")
    assert [config.policy.path for config in seen] == ["expert", "expert"]


def test_multirun(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    seen: list[TrainConfig] = []
    arguments = ("--multirun", "seed=1,2", "recipe=lfm,bc")
    assert _run(seen.append, *arguments, monkeypatch=monkeypatch) == 0
    combinations = [(config.seed, config.recipe.name) for config in seen]
    assert combinations == [(1, "lfm"), (1, "bc"), (2, "lfm"), (2, "bc")]


def test_multirun_stops_at_the_first_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    seen: list[int] = []

    def main(cfg: TrainConfig) -> None:
        seen.append(cfg.seed)
        raise cli.UserError("games/3.json: cut short; fetch it again.")

    assert _run(main, "--multirun", "seed=1,2", monkeypatch=monkeypatch) == 2
    assert seen == [1]
    assert capsys.readouterr().err == "games/3.json: cut short; fetch it again.\n"


def test_an_interrupted_evaluation_goes_on_with_the_same_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    def main(cfg: EvaluateConfig) -> None:
        raise KeyboardInterrupt

    settings = ("policy=expert", "out=x.json")
    assert _run(main, *settings, monkeypatch=monkeypatch, command="evaluate") == 130
    said = capsys.readouterr().err
    assert said == "Stopped. To go on from here, run the same command again\n"


def test_interruption_says_how_to_go_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    def main(cfg: TrainConfig) -> None:
        cfg.run_dir = "runs/x"
        raise KeyboardInterrupt

    assert _run(main, monkeypatch=monkeypatch) == 130
    expected = "Stopped. To go on from here, run the same command with resume=runs/x\n"
    assert capsys.readouterr().err == expected


def test_full_disk_names_the_file(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    def main(cfg: TrainConfig) -> None:
        raise OSError(28, "No space left on device", "runs/x/steps.jsonl")

    assert _run(main, monkeypatch=monkeypatch) == 2
    assert capsys.readouterr().err == "runs/x/steps.jsonl: No space left on device.\n"


def test_bugs_keep_their_traceback(monkeypatch: Any) -> None:
    def main(cfg: TrainConfig) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr("sys.argv", ["train"])
    with pytest.raises(KeyError, match="a bug"):
        cli.run_command(main, "config")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_lists_every_setting(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert _run(lambda cfg: None, "--help", monkeypatch=monkeypatch, command=command) == 0
    out = capsys.readouterr().out
    for name in flat_settings(COMMANDS[command]):
        assert name.endswith(".name") or name == "experiment" or f"{name}=" in out


def test_schemas_do_not_collide_with_files() -> None:
    register()
    for group in GROUPS:
        stored = ConfigStore.instance().list(group)
        assert not {f"{name}.yaml" for name in _names(group)} & set(stored)
