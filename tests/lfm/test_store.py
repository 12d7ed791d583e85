"""Labels, judgements and advice as Parquet."""

from __future__ import annotations

import string
from pathlib import Path

import hypothesis.strategies as st
import pandas
import pyarrow as pa
import pytest
from hypothesis import given

from envs.errors import UserError
from envs.tables import versioned, write_rows
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.layout import LABELS_FILE, WINDOWS_FILE
from lfm.store import (
    ADVICE,
    JUDGEMENTS,
    LABELS,
    Advice,
    Judgement,
    Speaker,
    read_advice,
    read_critic,
    read_feedback,
    read_judgements,
    read_verdicts,
    write_advice,
    write_feedback,
    write_judgements,
)

TEXTS = st.text(max_size=20)
WINDOWS = st.lists(
    st.builds(
        WindowFeedback,
        window_id=st.text(string.ascii_letters, min_size=1, max_size=8),
        trajectory_id=TEXTS,
        steps=st.lists(
            st.builds(
                StepFeedback,
                step=st.integers(1, 2**31 - 1),
                productive=st.booleans(),
                reason=TEXTS,
                instead=TEXTS,
            ),
            max_size=4,
        ).map(tuple),
        summary=TEXTS,
        suggestion=TEXTS,
        input_tokens=st.integers(0, 2**40),
        output_tokens=st.integers(0, 2**40),
        parse=TEXTS,
        answer=TEXTS,
    ),
    max_size=4,
    unique_by=lambda window: window.window_id,
)
JUDGED = st.builds(
    Judgement,
    trajectory_id=TEXTS,
    step=st.integers(1, 2**31 - 1),
    p_productive=st.floats(0, 1),
    reason=TEXTS,
    kept=st.booleans(),
    feedback_model=TEXTS,
    summary=TEXTS,
    suggestion=TEXTS,
)


@given(windows=WINDOWS)
def test_feedback_comes_back(
    tmp_path_factory: pytest.TempPathFactory, windows: list[WindowFeedback]
) -> None:
    folder = tmp_path_factory.mktemp("feedback")
    write_feedback(folder, windows, "simulator", privileged=True)
    assert read_feedback(folder) == windows
    assert read_critic(folder) == (Speaker("simulator", True) if windows else None)


@given(judgements=st.lists(JUDGED, max_size=5))
def test_judgements_come_back(
    tmp_path_factory: pytest.TempPathFactory, judgements: list[Judgement]
) -> None:
    path = tmp_path_factory.mktemp("judgements") / "judgements.parquet"
    write_judgements(path, judgements)
    assert read_judgements(path) == judgements


def test_judgements_of_version_1_come_back_without_words_on_windows(tmp_path: Path) -> None:
    columns = JUDGEMENTS.names[:-2]
    older = versioned("judgements", 1, pa.schema([JUDGEMENTS.field(name) for name in columns]))
    said = Judgement("t", 1, 0.25, "because", False, "m")
    path = tmp_path / "judgements.parquet"
    write_rows(path, older, [{name: getattr(said, name) for name in columns}])
    assert read_judgements(path) == [said]


ADVISED = st.builds(Advice, trajectory_id=TEXTS, step=st.integers(1, 2**31 - 1), action=TEXTS)


@given(advice=st.lists(ADVISED, max_size=5))
def test_advice_comes_back(tmp_path_factory: pytest.TempPathFactory, advice: list[Advice]) -> None:
    path = tmp_path_factory.mktemp("advice") / "advice.parquet"
    write_advice(path, advice, "planner", privileged=True)
    assert read_advice(path) == advice


def test_advice_is_not_taken_from_judgements(tmp_path: Path) -> None:
    path = tmp_path / "said.parquet"
    write_judgements(path, [Judgement("t", 1, 0.25, "", False, "m")])
    with pytest.raises(UserError, match=r"said\.parquet"):
        read_advice(path)


def window(name: str) -> WindowFeedback:
    labels = (StepFeedback(3, True, "took the mug"), StepFeedback(4, False, "went back"))
    return WindowFeedback(name, "t", labels, "s", "a", 0, 0, "ok", "raw")


def test_pandas_reads_labels_without_our_code(tmp_path: Path) -> None:
    write_feedback(tmp_path, [window("w")], "simulator", privileged=True)
    frame = pandas.read_parquet(tmp_path / LABELS_FILE)
    assert list(frame.columns) == LABELS.names
    assert frame.step.tolist() == [3, 4]
    assert frame.productive.tolist() == [True, False]
    assert frame.privileged.all()
    write_judgements(tmp_path / "j.parquet", [Judgement("t", 1, 0.25, "", False, "m")])
    assert list(pandas.read_parquet(tmp_path / "j.parquet").columns) == JUDGEMENTS.names
    write_advice(tmp_path / "a.parquet", [Advice("t", 2, "look")], "expert", privileged=False)
    advice = pandas.read_parquet(tmp_path / "a.parquet")
    assert list(advice.columns) == ADVICE.names
    assert advice.iloc[0].tolist() == ["t", 2, "look", "expert", False]


def test_labels_of_version_1_come_back_without_what_to_do_instead(tmp_path: Path) -> None:
    write_feedback(tmp_path, [window("w")], "simulator", privileged=True)
    rows = pandas.read_parquet(tmp_path / LABELS_FILE).drop(columns="instead").to_dict("records")
    columns = [LABELS.field(name) for name in LABELS.names if name != "instead"]
    write_rows(tmp_path / LABELS_FILE, versioned("critic labels", 1, pa.schema(columns)), rows)
    assert read_feedback(tmp_path) == [window("w")]
    assert read_verdicts(tmp_path).num_rows == 2


def test_files_that_do_not_belong_together_are_named(tmp_path: Path) -> None:
    write_feedback(tmp_path / "a", [window("w1")], "simulator", privileged=True)
    write_feedback(tmp_path / "b", [window("w2")], "simulator", privileged=True)
    (tmp_path / "a" / WINDOWS_FILE).replace(tmp_path / "b" / WINDOWS_FILE)
    with pytest.raises(UserError, match=r"labels\.parquet .*w2"):
        read_feedback(tmp_path / "b")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"labels\.parquet"):
        read_feedback(tmp_path)


@pytest.mark.parametrize(("step", "probability"), [(0, 0.5), (1, 1.5), (1, float("nan"))])
def test_impossible_judgements_are_refused(step: int, probability: float) -> None:
    with pytest.raises(ValueError, match="step"):
        Judgement("t", step, probability, "", False, "m")
