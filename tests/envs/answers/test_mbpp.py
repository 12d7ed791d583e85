"""MBPP: files, how programs are read and run, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from envs.answers.choices import MBPP_SPLITS
from envs.answers.mbpp import confine, sandbox
from envs.answers.mbpp.env import MBPPEnv
from envs.answers.mbpp.sandbox import LIMITS, Checks, Sandbox
from envs.answers.question import Level
from envs.errors import UserError

BOX = Sandbox(LIMITS, patience=60.0)
ADD = {
    "text": "Write a function to add two numbers.",
    "code": "def add(a, b):\r\n    return a + b",
    "task_id": 11,
    "test_setup_code": "",
    "test_list": ["assert add(1, 2) == 3", "assert add(2, 3) == 5", "assert add(0, 0) == 0"],
    "challenge_test_list": [],
}


def _file(folder: Path, *rows: Any) -> str:
    path = folder / "mbpp.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return str(path)


@pytest.fixture
def env(tmp_path: Path) -> MBPPEnv:
    found = MBPPEnv("test", data=_file(tmp_path, ADD), isolation=LIMITS)
    found.reset(options={"task_id": "test/11"})
    return found


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("Here:\n```python\nx = 1\n```\nDone.", "x = 1"),
        ("```\nx = 1\n```\nNo:\n```py\nx = 2\n```", "x = 2"),
        ("def f():\n    return 1\n", "def f():\n    return 1"),
        ("import math\n", "import math"),
        ("I would add them.", None),
        ("```python\ndef f(): return 1", None),
        ("```python\n```", None),
        ("", None),
    ],
)
def test_programs_are_read(env: MBPPEnv, text: str, program: str | None) -> None:
    assert env.extract(text) == program


def test_the_score_is_the_share_of_tests_that_pass(env: MBPPEnv) -> None:
    assert env.verify("def add(a, b): return a + b").success
    verdict = env.verify("def add(a, b): return 3 * (a > 0) + 2 * (a > 1)")
    assert (verdict.score, verdict.success) == (1.0, True), "tests are shown: these are learnt"
    verdict = env.verify("def add(a, b): return a * b")
    assert (verdict.score, verdict.success) == (pytest.approx(1 / 3), False)
    assert env.verify("def sub(a, b): return a - b").score == 0.0
    assert not env.verify("No.").match


def test_the_prompt_shows_the_tests_and_not_the_solution(env: MBPPEnv) -> None:
    asked = env.question("test/11")
    assert all(test in asked.instruction for test in ADD["test_list"])  # type: ignore[attr-defined]
    assert "a + b" not in asked.instruction
    assert env.verify(env.expert_action()).success
    assert env.step(env.expert_action())[4]["metrics"] == {"match": 1.0, "score": 1.0}


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("def add(a, b): return a * b", "This one fails: assert add(1, 2) == 3\nbecause: it "
                                        "returned 2"),
        ("def add(a, b): return a / 0", "because: ZeroDivisionError: division by zero"),
        ("def plus(a, b): return a + b", "because: NameError: name 'add' is not defined"),
        ("def add(a, b) return a + b", "because: SyntaxError: expected ':' (answer, line 1)"),
    ],
)  # fmt: skip
def test_the_first_failure_is_told(env: MBPPEnv, program: str, said: str) -> None:
    text = env.feedback(f"```python\n{program}\n```", Level.hint).text
    assert text.startswith("Your program passes ")
    assert said in text
    verdict = env.feedback(f"```python\n{program}\n```", Level.verdict).text
    assert "because" not in verdict


@pytest.mark.parametrize(
    ("program", "test"),
    [
        ("def f(): return {1: (2.5, None), 'a': {3, 4}}", "f() == {1: (2.5, None), 'a': {3, 4}}"),
        ("def f(): return 2 ** 200, -1, 1j, b'x', float('inf')",
         "f() == (2 ** 200, -1, 1j, b'x', float('inf'))"),
        ("def f(*a, **b): return a, b", "f(1, [2], k='x') == ((1, [2]), {'k': 'x'})"),
        ("def f(): return (n * n for n in range(3))", "list(f()) == [0, 1, 4]"),
        ("def f():\n  from collections import Counter\n  return Counter('aab')",
         "f() == {'a': 2, 'b': 1}"),
        ("def f(kind): return kind('3')", "f(int) == 3"),
        ("def sum(a, b): return a * b\nf = sum", "f(2, 3) == 6"),
        ("import re, heapq, datetime, decimal, textwrap\ndef f(): return re.sub('a', 'b', 'a')",
         "f() == 'b'"),
        ("class N:\n  def __init__(s, v): s.v, s.n = v, None\ndef f(x): return x.v + x.n.v\n",
         "f(root) == 3"),
        ("def f(): open('x', 'w').write('1'); return open('x').read()", "f() == '1'"),
    ],
)  # fmt: skip
def test_honest_programs_pass(program: str, test: str) -> None:
    setup = "root = N(1)\nroot.n = N(2)" if "root" in test else ""
    reference = "class N: pass\ndef f(): pass"
    assert BOX.run(program, Checks(setup, (f"assert {test}",), reference)) == ("",)


def test_only_what_the_reference_defines_hides_a_builtin() -> None:
    program = "def sum(a, b): return a + b\ndef len(x): return 3"
    checks = Checks("", ("assert sum(1, 2) == 3", "assert len([]) == 3"), "def sum(a, b): ...")
    passed, failed = BOX.run(program, checks)
    assert (passed, bool(failed)) == ("", True)


def test_what_was_run_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = Checks("", ("assert f() == 5",), "def f(): pass")
    first = BOX.run("def f(): return 5", checks)
    monkeypatch.setattr(sandbox, "_judged", None)
    assert BOX.run("def f(): return 5", checks) == first == ("",)


def test_a_system_that_cannot_lock_in_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = Checks("", ("assert f() == 6",), "def f(): pass")
    monkeypatch.setattr(sandbox, "_judged", lambda *a: {"refused": "unshare: not permitted"})
    with pytest.raises(UserError, match=r"^isolation: .* \(unshare: not permitted\); .*limits\.$"):
        Sandbox().run("def f(): return 6", checks)
    monkeypatch.setattr(confine, "possible", lambda: False)
    with pytest.raises(UserError, match=r"^isolation: programs can only be run on Linux"):
        Sandbox().run("def f(): return 7", checks)


def test_a_judge_that_fails_is_a_bug_and_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = Checks("", ("assert f() == 8",), "def f(): pass")
    monkeypatch.setattr(sandbox.Checks, "work", lambda self: {"tests": 3})
    with pytest.raises(RuntimeError, match="the judge of a program failed"):
        BOX.run("def f(): return 8", checks)


def test_splits_are_by_id(tmp_path: Path) -> None:
    rows = [{**ADD, "task_id": number} for number in (974, 2, 11, 110, 111, 510, 511, 601)]
    path = _file(tmp_path, *rows)
    found = {split: MBPPEnv(split, data=path, isolation=LIMITS).task_ids for split in MBPP_SPLITS}
    assert {split: [int(each.split("/")[1]) for each in ids] for split, ids in found.items()} == {
        "prompt": [2], "test": [11, 110, 111, 510], "validation": [511], "train": [601, 974],
        "ilf_test": [11, 110], "ilf_refine": [111], "ilf_train": [510, 511, 601, 974],
    }  # fmt: skip


def test_the_sanitized_columns_are_read(tmp_path: Path) -> None:
    row = {key: ADD[key] for key in ("code", "task_id")} | {
        "prompt": "Add.", "test_imports": ["import math"],
        "test_list": ["assert math.isclose(add(0.1, 0.2), 0.3)"],
    }  # fmt: skip
    env = MBPPEnv("test", data=_file(tmp_path, row), isolation=LIMITS)
    asked = env.question("test/11")
    assert asked.text == "Add."
    assert asked.verify(asked.worded("def add(a, b): return a + b")).success


@pytest.mark.parametrize(
    "change",
    [
        {"test_list": []}, {"test_list": "assert"}, {"test_list": ["assert ("]}, {"task_id": "11"},
        {"code": None}, {"text": None}, {"text": ""},
    ],
)  # fmt: skip
def test_bad_rows_are_named(tmp_path: Path, change: dict[str, Any]) -> None:
    path = _file(tmp_path, ADD, {**ADD, **change})
    with pytest.raises(UserError, match=r"mbpp.jsonl, line 2: not a task of MBPP \("):
        MBPPEnv("test", data=path)


def test_bad_settings(tmp_path: Path) -> None:
    path = _file(tmp_path, ADD)
    for settings, sentence in (
        ({}, r"^data: MBPP is not part of this package"),
        ({"data": str(tmp_path / "no")}, r"^data: cannot read "),
        ({"data": path, "split": "train"}, r"has no task of split=train, ids 601 to 974\.$"),
        ({"data": path, "split": "dev"}, r"^split='dev' is not known"),
        ({"data": path, "isolation": "none"}, r"^isolation='none' is not known"),
    ):
        with pytest.raises(UserError, match=sentence):
            MBPPEnv(**{"split": "test", **settings})


def test_real_programs_pass_their_tests(language_data: Path) -> None:
    env = MBPPEnv("test", data=str(language_data / "mbpp.jsonl"), isolation=LIMITS, games=20)
    for task_id in env.task_ids:
        asked = env.question(task_id)
        assert asked.verify(asked.worded(asked.solution)).success, task_id
