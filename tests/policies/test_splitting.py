"""Weights split among processes: two on this machine's processors, and what is refused."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from envs.errors import UserError
from policies import imitation, learner
from policies.small import texts_of
from policies.splitting import check_launch, split
from tests.policies import processes, t5s, test_flan_t5
from tests.policies.causal import worlds

UPDATES, STOP = 5, 3
CASES: dict[str, dict[str, object]] = {
    "causal-whole": {"held_out": 0.4, "row_tokens": 300},
    "causal-lora": {"rank": 4, "alpha": 8, "checkpointing": True, "row_tokens": 300},
    "t5-whole": {"held_out": 0.4, "row_tokens": 300, "checkpointing": True},
    "t5-lora": {"rank": 4, "alpha": 8, "merge": False, "row_tokens": 300},
}


class Killed(BaseException):
    """Training was interrupted."""


def fit(folder: Path, case: str, work: Path | None = None) -> tuple[Tensor, object]:
    """The weights that a policy learns, and which of them were chosen."""
    kind = case.partition("-")[0]
    if kind == "t5":
        policy = t5s.policy(folder / kind, **CASES[case])
        policy.fit(test_flan_t5.ALL, test_flan_t5.schedule(UPDATES), work=work)
        return t5s.weights(policy), policy.model.config.chosen
    chat = worlds.policy(folder / kind, **CASES[case])
    chat.fit(worlds.as_done(worlds.ERRANDS), worlds.schedule(UPDATES), work=work)
    return worlds.weights(chat), chat.model.config.chosen


def in_one_of_two(folder: Path) -> None:
    """What each process does: learn straight on, and with a stop."""
    shares: list[float] = []

    def watched(loss: nn.Module) -> nn.Module:
        parts = split(loss)
        here = sum(each.to_local().numel() for each in parts.parameters())  # type: ignore[operator]
        shares.append(here / sum(each.numel() for each in loss.parameters()))
        return parts

    keep, stops = imitation._Checkpoint.save, [0]

    def save(checkpoint: imitation._Checkpoint, *arguments: object) -> None:
        keep(checkpoint, *arguments)  # type: ignore[arg-type]
        if arguments[-1] == stops[0]:
            raise Killed

    imitation.CHECKPOINT, learner.split = STOP, watched  # type: ignore[misc]
    imitation._Checkpoint.save = save  # type: ignore[method-assign,assignment]
    for case in CASES:
        work = folder / f"{case}-work"
        work.mkdir(exist_ok=True)
        stops[0] = 0
        straight = fit(folder, case)
        stops[0] = STOP
        try:
            fit(folder, case, work)
        except Killed:
            stops[0] = 0
        if os.environ["RANK"] == "0":
            shutil.copytree(work, folder / f"{case}-stopped")
        resumed = fit(folder, case, work)
        torch.save((straight, resumed, shares), folder / f"{case}-{os.environ['RANK']}.pt")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where two processes have learned all cases."""
    folder = tmp_path_factory.mktemp("split")
    worlds.chat_model(folder / "causal")
    t5s.save_t5(folder / "t5", texts_of(test_flan_t5.ERRANDS), dropout=0.1)
    script = folder / "fit.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom tests.policies import test_splitting\n"
        "test_splitting.in_one_of_two(Path(sys.argv[1]))\n"
    )
    processes.run(2, str(script), str(folder), ACCELERATE_USE_FSDP="true", FSDP_VERSION="2")
    return folder


@pytest.mark.parametrize("case", CASES)
def test_two_processes_learn_what_one_does(
    folder: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imitation, "CHECKPOINT", STOP)
    weights, chosen = fit(folder, case)
    for rank in (0, 1):
        straight, resumed, shares = torch.load(folder / f"{case}-{rank}.pt")
        assert torch.allclose(straight[0], weights, atol=1e-5)
        assert torch.equal(resumed[0], straight[0])
        assert resumed[1] == straight[1]
        assert (chosen is None) == (straight[1] is None)
        assert max(shares) < 0.6
    alone, _ = fit(folder, case, folder / f"{case}-stopped")
    assert torch.allclose(alone, weights, atol=1e-5)  # it goes on where two stopped
    if chosen is not None:
        assert straight[1]["updates"] == chosen["updates"]
        assert straight[1]["held_out_loss"] == pytest.approx(chosen["held_out_loss"], abs=1e-5)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ACCELERATE_USE_DEEPSPEED": "true"}, "deepspeed.*--use_fsdp --fsdp_version 2"),
        ({"ACCELERATE_USE_MEGATRON_LM": "true"}, "megatron_lm"),
        ({"ACCELERATE_USE_FSDP": "true"}, "add --fsdp_version 2"),
        (
            {"ACCELERATE_USE_FSDP": "1", "FSDP_VERSION": "2", "FSDP_OFFLOAD_PARAMS": "true"},
            "leave out --fsdp_offload_params",
        ),
        ({"ACCELERATE_USE_FSDP": "true", "FSDP_VERSION": "2"}, None),
        ({}, None),
    ],
)
def test_other_ways_of_sharing_are_refused(
    settings: dict[str, str], said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    if said is None:
        check_launch()
    else:
        with pytest.raises(UserError, match=said):
            check_launch()


def test_weights_have_their_names_where_a_layer_was_compiled() -> None:
    """What was kept while layers were compiled goes into the model without that."""
    plain, model = (nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)) for _ in range(2))
    checkpoint = imitation._Checkpoint(None, writes=True)
    layer = model[0]
    model[0] = torch.compile(layer, backend="eager")
    checkpoint.offer(model, 0.0, 1)
    assert checkpoint.best is not None
    imitation.put_back(checkpoint.best.weights, plain)
    assert torch.equal(plain[0].weight, layer.weight)
