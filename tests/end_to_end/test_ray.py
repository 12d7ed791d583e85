"""``rollout=ray`` on a cluster of three nodes: the same results, whatever is lost on the way."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import ray

from envs.alfworld.env import ALFWorldEnv
from envs.base import Info
from envs.errors import UserError
from envs.live import LiveTrajectories
from experiments.critic_faults.tiny import make_tiny_chat_model
from experiments.ray_rollout import nodes
from lfm import layout
from lfm.chat.base import Answer, Message, Request
from lfm.chat.database import Database
from lfm.chat.desk import Desk
from lfm.config import RayConfig
from lfm.local_chat import LocalEngine
from lfm.ray_workers import RayWorkers, connected
from lfm.rollout import Rollout, Task, roll_out
from lfm.store import read_feedback
from lfm.workers import Job, Workers
from policies.random import RandomPolicy
from tests.end_to_end.commands import differing, train

# Its processes need not be able to import this file.
ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
pytestmark = pytest.mark.timeout(900)  # a dozen interpreters have to start

OWN_CLUSTER = """
import sys
from pathlib import Path
import ray
from tests.end_to_end.commands import train
train(Path(sys.argv[1]), "rollout=ray")
assert not ray.is_initialized()
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A node that does no work, and two with one core each."""
    with nodes.cluster() as started:
        for _ in range(2):
            nodes.add_node(started)
        yield started


def config(cluster: Any, cpus: int = 1) -> RayConfig:
    return RayConfig(name="ray", address=cluster.address, cpus=cpus, gpus=0)


@contextmanager
def workers(cluster: Any) -> Iterator[RayWorkers]:
    with connected(config(cluster)) as found:
        yield found


@dataclass(frozen=True)
class Doing:
    """A job that is a function."""

    work: Callable[[Any], Any]

    def open(self) -> Any:
        return nullcontext(self.work)


@dataclass(frozen=True)
class Dying:
    """A job whose first part ends the process that does it, once it is done."""

    job: Job[Any, Any]
    marker: Path

    @contextmanager
    def open(self) -> Iterator[Callable[[Any], Any]]:
        with self.job.open() as work:

            def work_and_die(part: Any) -> Any:
                result = work(part)
                with suppress(FileExistsError):
                    self.marker.touch(exist_ok=False)
                    os.kill(os.getpid(), signal.SIGKILL)
                return result

            yield work_and_die


@dataclass(frozen=True)
class Killing:
    """Workers of whom one is killed."""

    workers: Workers
    marker: Path

    def do(self, job: Job[Any, Any], parts: Sequence[Any]) -> Generator[tuple[int, Any]]:
        yield from self.workers.do(Dying(job, self.marker), parts)


class Deadly(ALFWorldEnv):
    """Some tasks end the process that plays them, the first time."""

    markers: Path
    deadly: tuple[str, ...]

    def step(self, action: str) -> tuple[str, float, bool, bool, Info]:
        marker = self.markers / self.task.replace("/", " ")
        if self.task in self.deadly and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().step(action)

    def reset(self, **arguments: Any) -> tuple[str, Info]:
        self.task = str(arguments["options"]["task_id"])
        return super().reset(**arguments)


def test_a_run_on_a_cluster_is_the_run_without(
    cluster: Any, straight: Path, tmp_path: Path
) -> None:
    """Every file: episodes, feedback, weights, metrics, results."""
    run = train(tmp_path / "run", "rollout=ray", f"rollout.address={cluster.address}")
    assert differing(run, straight) == []


def test_a_run_on_a_cluster_of_its_own_is_the_run_without(straight: Path, tmp_path: Path) -> None:
    """Without an address, as a user gives it first.

    In a process of its own: where Ray has started a cluster and shut it down, the tasks of a
    later connection to another one take their owner for dead.
    """
    program = [sys.executable, "-c", OWN_CLUSTER, str(tmp_path / "run")]
    subprocess.run(program, cwd=Path(__file__).parents[2], check=True)
    assert differing(tmp_path / "run", straight) == []


def test_a_killed_process_costs_a_retry(cluster: Any, tmp_path: Path) -> None:
    """No episode is lost, and none is there twice."""
    ids = ALFWorldEnv(data="generated").task_ids[:8]
    tasks = [Task(task_id, sample) for sample in range(2) for task_id in ids]
    deadly = (ids[1], ids[4])

    def make() -> ALFWorldEnv:
        env = Deadly(data="generated", max_steps=5)
        env.markers, env.deadly = tmp_path, deadly
        return env

    def play(file: str, by: Workers | None) -> list[Any]:
        rollout = Rollout("try", 7, 3, "try")
        with closing(LiveTrajectories(tmp_path / file)) as live:
            played = roll_out(make, RandomPolicy(), tasks, rollout, live, workers=by)
            written = [each.trajectory_id for each in live]
        assert len(written) == len(set(written)) == len(tasks)
        return played

    with workers(cluster) as found:
        played = play("there.jsonl", found)
    assert len(list(tmp_path.iterdir())) == len(deadly) + 1, "nothing was killed"
    assert played == play("here.jsonl", None)  # the markers are there: nothing is killed


def test_a_language_model_reads_on_a_cluster_as_it_does_here(cluster: Any, tmp_path: Path) -> None:
    """It babbles, so nothing is kept; what it said is."""
    make_tiny_chat_model(tmp_path / "model")
    asked = (
        "critic=transformers",
        f"critic.model={tmp_path / 'model'}",
        "critic.batch_size=2",
        "critic.max_tokens=8",
        "critic.temperature=1",
        "critic.sampling_seed=3",
        "critic.window=4",
        "critic.max_windows=4",
        "recipe.teacher=critic",
        "recipe.adaptation.rounds=0",
        "recipe.eval_tasks=1",
        "policy.updates=1",
    )
    there = (f"critic.cache={tmp_path / 'there'}", "rollout=ray")
    address = f"rollout.address={cluster.address}"
    here = train(tmp_path / "run", *asked, f"critic.cache={tmp_path / 'here'}")
    assert differing(train(tmp_path / "other", *asked, *there, address), here) == []
    said = read_feedback(here / layout.feedback("round1"))
    assert len({each.answer for each in said}) > 1


def test_an_answer_is_kept_once_though_its_process_was_killed(cluster: Any, tmp_path: Path) -> None:
    make_tiny_chat_model(tmp_path / "model")
    requests = [
        Request((Message("user", "Why? " * count),), "test/1", 8, temperature=0.0)
        for count in range(1, 6)
    ]

    def ask(name: str, by: Workers | None) -> list[Any]:
        engine = LocalEngine(str(tmp_path / "model"), 2, "auto", by)
        with closing(Desk(engine, Database(tmp_path / name), "run")) as desk:
            said = dict(desk.ask(requests, "test"))
            spent = desk.ledger.spent()
            assert (spent.answered, spent.kept) == (len(requests), 0)
            assert all(answer.cached for _, answer in desk.ask(requests, "test"))
        assert all(isinstance(each, Answer) for each in said.values())
        return [(said[at].text, said[at].usage) for at in range(len(requests))]

    with workers(cluster) as found:
        there = ask("there", Killing(found, tmp_path / "killed"))
    assert (tmp_path / "killed").exists(), "nothing was killed"
    assert there == ask("here", None)


def test_a_lost_machine_costs_a_retry(cluster: Any, tmp_path: Path) -> None:
    begun, release = tmp_path / "begun", tmp_path / "release"
    begun.mkdir()

    def work(part: int) -> int:
        (begun / f"{part} {ray.get_runtime_context().get_node_id()} {os.getpid()}").touch()
        while not release.exists():
            time.sleep(0.05)
        return part

    def lose_a_machine() -> None:
        while len(list(begun.iterdir())) < 2:  # one part on each
            time.sleep(0.05)
        lost = next(iter(cluster.worker_nodes))
        cluster.remove_node(lost, allow_graceful=False)
        for marker in begun.glob(f"* {lost.node_id} *"):  # what a machine takes with it
            with suppress(ProcessLookupError):
                os.kill(int(marker.name.split()[2]), signal.SIGKILL)
        release.touch()

    with workers(cluster) as two:
        loser = threading.Thread(target=lose_a_machine, daemon=True)
        loser.start()
        found = list(two.do(Doing(work), [10, 11]))
        loser.join()
    assert sorted(found) == [(0, 10), (1, 11)]
    assert len(list(begun.iterdir())) == 3


def test_what_the_user_can_mend_is_said_in_one_sentence(cluster: Any) -> None:
    def work(part: int) -> int:
        raise UserError(f"there is no game {part}")

    with (
        workers(cluster) as found,
        pytest.raises(UserError, match=r"^there is no game 3$"),
    ):
        next(found.do(Doing(work), [3]))
    with pytest.raises(UserError, match="no machine of the cluster has so many"):
        connected(config(cluster, cpus=99)).__enter__()
    assert not ray.is_initialized()


def test_an_address_where_nobody_answers_is_said_at_once() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        wrong = RayConfig(name="ray", address=address, cpus=1, gpus=0)
        with pytest.raises(UserError, match=f"no cluster answers at rollout.address={address}"):
            connected(wrong).__enter__()
