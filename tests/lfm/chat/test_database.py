"""The file of answers, with real processes that write, collide and are killed."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from envs.errors import UserError
from lfm.chat.account import note, read_account, together
from lfm.chat.base import Usage
from lfm.chat.cache import kept_answers, ticket
from lfm.chat.database import Database
from lfm.chat.ledger import Entry, Ledger, Spent
from lfm.chat.prices import Prices
from tests.lfm.chat.asking import request

_ROOT = Path(__file__).parents[3]
_WRITER = """
import sys
from pathlib import Path
from lfm.chat.base import Usage
from lfm.chat.cache import ticket
from lfm.chat.database import Database
from lfm.chat.ledger import Entry, Ledger
from lfm.chat.prices import Prices
from tests.lfm.chat.asking import request

path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
ledger = Ledger(Database(path), name, "m", Prices())
for number in range(count):
    entry = Entry("answered", Usage(1, 1), 0.0, f"{name} {number}" * 200)
    ledger.enter("test", {ticket("m", {}, request(f"{name} {number}")): entry})
    print(number + 1, flush=True)
"""


def _writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _WRITER, str(path), name, str(count)]
    return subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True)


def _rows(path: Path) -> dict[str, int]:
    database = Database(path)
    counted = dict(database.rows("SELECT run, COUNT(*) FROM calls GROUP BY run"))
    database.close()
    return counted


def test_an_account_keeps_what_was_spent_for_other_purposes(tmp_path: Path) -> None:
    path = tmp_path / "spent.json"
    note(path, [])
    assert not path.exists()
    assert read_account(path) == []
    first = Spent("feedback/round1", 4, 0, 1, 0, 100, 20, 0.5, 3.0)
    other = Spent("advice/round1", 1, 0, 0, 0, 10, 2, 0.25, 1.0)
    note(path, [first])
    note(path, [other])
    note(path, [now := first._replace(answered=6, cost=0.75)])
    assert read_account(path) == [now, other]
    assert together([now, other])[-1] == Spent("together", 7, 0, 1, 0, 110, 22, 1.0, 4.0)
    assert together([now]) == [now]
    path.write_text('[{"purpose": "x"}]')
    with pytest.raises(UserError, match=r"spent\.json is damaged; delete it"):
        read_account(path)


def test_processes_write_side_by_side(tmp_path: Path) -> None:
    """Also when all of them find no file and make it."""
    path = tmp_path / "new" / "chat.sqlite"
    writers = [_writer(path, f"run{number}", 30) for number in range(4)]
    for writer in writers:
        assert writer.communicate()[0].split()[-1] == "30"
        assert writer.returncode == 0
    assert _rows(path) == {f"run{number}": 30 for number in range(4)}


def test_what_was_written_survives_kill_9(tmp_path: Path) -> None:
    """A row that the writer has told of is there, whenever it is killed; and the file is whole."""
    path, told = tmp_path / "chat.sqlite", {}
    for number in range(4):
        name = f"run{number}"
        with _writer(path, name, 100_000) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.02 * number)
            writer.send_signal(signal.SIGKILL)
            told[name] = 1 + sum(1 for line in writer.stdout if line.endswith("\n"))
    written = _rows(path)
    assert all(written[name] >= told[name] for name in told)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_the_first_answer_to_a_question_is_the_answer(tmp_path: Path) -> None:
    database = Database(tmp_path / "chat.sqlite")
    asked = ticket("m", {}, request("what?"))
    ledger = Ledger(database, "run", "m", Prices(1.0, 2.0))
    for text in ("one", "two"):
        body = f'{{"choices": [{{"message": {{"content": "{text}"}}}}]}}'
        ledger.enter("test", {asked: Entry("answered", Usage(500_000, 250_000), 2.0, body)})
    ((found, answer),) = kept_answers(database, [asked])
    assert (found, answer.text, answer.cached, answer.seconds) == (asked, "one", True, 2.0)
    spent = ledger.spent()
    assert (spent.answered, spent.input_tokens, spent.cost, spent.seconds) == (2, 1_000_000, 2, 4)
    assert ledger.purposes() == [ledger.spent("test")]
    assert Ledger(database, "another run", "m", Prices()).spent().answered == 0
    database.close()


def test_a_key_is_of_everything_the_answer_depends_on() -> None:
    plain = request("what?")
    keys = {
        ticket("m", {}, plain).key,
        ticket("n", {}, plain).key,
        ticket("m", {"structured": "none"}, plain).key,
        *(
            ticket("m", {}, request("what?", schema)).key
            for schema in ({"title": "a"}, {"title": "b"})
        ),
        ticket("m", {}, request("why?")).key,
    }
    assert len(keys) == 6
    assert ticket("m", {}, request("what?")).key == ticket("m", {}, plain).key


@pytest.mark.parametrize("size", [10, 3000])
def test_a_damaged_file_is_named(tmp_path: Path, size: int) -> None:
    path = tmp_path / "chat.sqlite"
    path.write_bytes(b"no database " * size)
    with pytest.raises(UserError, match=r"chat.sqlite is damaged or is no SQLite file"):
        Database(path)


def test_a_file_damaged_in_its_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    database = Database(path)
    ledger = Ledger(database, "run", "m", Prices())
    tickets = [ticket("m", {}, request(f"question {number}")) for number in range(200)]
    ledger.enter("test", {each: Entry("kept", Usage(0, 0), 0.0, "x" * 500) for each in tickets})
    database.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    database = Database(path)
    with pytest.raises(UserError, match="is damaged"):
        database.rows("SELECT SUM(LENGTH(response)), COUNT(DISTINCT key) FROM calls")
    database.close()


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "photos.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE photos (name TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(UserError, match="is a database of something else"):
        Database(path)
    assert path.read_bytes() == before


def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    Database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(UserError, match="written by another version of LFM"):
        Database(path)


def test_a_place_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot write"):
        Database(tmp_path / "file" / "chat.sqlite")


def test_a_statement_that_fails_leaves_nothing_behind() -> None:
    database = Database(None)
    row = ("k", "request")
    insert = "INSERT INTO requests VALUES (?, ?)"
    with pytest.raises(UserError):
        database.write((insert, [row]), (insert, [row]))
    assert database.rows("SELECT * FROM requests") == []
    database.write((insert, [row]))
    assert database.rows("SELECT * FROM requests") == [row]
    database.close()
