"""The project file on a real SQLite file: what is saved stays, and no byte changes unseen."""

import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from advisor.bench.events import Finished, Progress, WindowMeasured
from advisor.bench.measurement import Window
from advisor.portfolio.model import Model
from advisor.project import Project, ProjectError


@pytest.fixture
def project(tmp_path):
    with Project.create(tmp_path / "bank.advisor", who="alice") as opened:
        yield opened


def window(number: int) -> WindowMeasured:
    raw = Window(
        candidate="a" * 64,
        block=number,
        position=0,
        started_s=float(number),
        duration_s=1.0,
        inferences=10,
        energy_j={"estimate": 0.1 * (number + 1)},
    )
    return WindowMeasured(run_id="r1", at_s=float(number), window=raw)


def test_nouns_survive_reopening_in_the_order_they_came(tmp_path):
    path = tmp_path / "bank.advisor"
    with Project.create(path) as project:
        project.models.put_many([Model(id=f"m{i}", name=f"Model {i}") for i in range(3)])
        project.models.put(Model(id="m0", name="Model 0, renamed"))
        project.set(pue=1.4, region="JP")
    with Project.open(path) as project:
        assert [m.id for m in project.models.all()] == ["m0", "m1", "m2"]
        assert project.setting("pue") == 1.4
        assert project.setting("never set") is None
        assert project.verify() == []


def test_every_change_is_a_version_and_can_be_undone(project):
    project.models.put(Model(id="m", name="first"))
    project.models.put(Model(id="m", name="second"))
    assert [v.noun.name for v in project.models.history("m")] == ["first", "second"]
    project.models.restore("m", 1)
    assert project.models.get("m").name == "first"
    assert project.models.remove("m")
    assert project.models.get("m") is None
    assert not project.models.remove("m")
    project.models.restore("m", 2)
    assert project.models.get("m").name == "second"
    assert project.verify() == []


def test_an_unchanged_noun_writes_nothing(project):
    project.models.put(Model(id="m", name="same"))
    entries = len(project.log())
    assert project.models.put_many([Model(id="m", name="same")]) == 0
    assert len(project.log()) == entries


def test_the_log_says_who_changed_what(project):
    project.models.put(Model(id="m", name="x"))
    entry = project.log()[-1]
    assert (entry.who, entry.action, entry.subject) == ("alice", "put", "models/m")


@pytest.mark.parametrize(
    "tamper",
    [
        "update models set body = replace(body, 'Card', 'Cart')",
        "update events set body = replace(body, '0.1', '0.2')",
        "update log set who = 'mallory' where seq = 2",
        "delete from log where seq = 2",
        "delete from events",
        "insert into models (key,version,current,removed,body,log_seq) "
        'values (\'z\',1,1,0,\'{"id":"z","name":"z"}\',99)',
    ],
)
def test_tampering_is_found(tmp_path, tamper):
    path = tmp_path / "bank.advisor"
    with Project.create(path) as project:
        project.models.put(Model(id="m", name="Card fraud"))
        project.record(window(0))
        project.set(pue=1.2)
        assert project.verify() == []
    with sqlite3.connect(path) as connection:
        connection.execute(tamper)
    connection.close()
    with Project.open(path) as project:
        assert project.verify()


def test_events_of_a_run_come_back_equal_and_only_those_worth_keeping(project):
    project.record(window(0))
    project.record(Progress(run_id="r1", at_s=0.5, fraction=0.5, remaining_s=1, doing="x"))
    project.record(window(1))
    project.record(Finished(run_id="r1", at_s=2.0, reason="target reached"))
    assert project.events("r1") == [
        window(0),
        window(1),
        Finished(run_id="r1", at_s=2.0, reason="target reached"),
    ]


def test_a_killed_writer_loses_nothing_that_was_saved(tmp_path):
    path = tmp_path / "bank.advisor"
    script = textwrap.dedent(
        f"""
        import os, signal, sys
        from pathlib import Path
        from advisor.portfolio.model import Model
        from advisor.project import Project
        project = Project.create(Path({str(path)!r}))
        for number in range(10):
            project.models.put(Model(id=str(number), name="saved"))
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    killed = subprocess.run([sys.executable, "-c", script], check=False)
    assert killed.returncode == -9
    with Project.open(path) as project:
        assert project.models.count() == 10
        assert project.verify() == []


def test_two_open_projects_write_one_chain(tmp_path):
    path = tmp_path / "team.advisor"
    with Project.create(path, who="alice") as alice, Project.open(path, who="bob") as bob:
        for number in range(5):
            alice.models.put(Model(id=f"a{number}", name="a"))
            bob.models.put(Model(id=f"b{number}", name="b"))
        assert {e.who for e in alice.log()} == {"alice", "bob"}
        assert alice.verify() == []


def test_listeners_hear_what_changed(project):
    heard = []
    end = project.subscribe(heard.append)
    project.models.put(Model(id="m", name="x"))
    project.set(pue=1.1)
    end()
    project.set(pue=1.2)
    assert heard == ["models", "settings"]


def test_a_file_that_is_no_project_is_refused_and_left_as_it_was(tmp_path):
    text = tmp_path / "notes.advisor"
    text.write_text("these are my notes, sixteen bytes and more")
    with pytest.raises(ProjectError, match="is not a Carbon Advisor project"):
        Project.open(text)
    assert text.read_text().startswith("these are my notes")


def test_a_truncated_project_says_that_it_is_damaged(tmp_path):
    path = tmp_path / "bank.advisor"
    with Project.create(path) as project:
        project.models.put_many([Model(id=str(i), name="x" * 200) for i in range(200)])
    data = path.read_bytes()
    path.write_bytes(data[:5000] + b"\xff" * 200)
    with pytest.raises(ProjectError, match=r"damaged|cannot be opened"):
        Project.open(path)


def test_a_newer_format_is_not_touched(tmp_path):
    path = tmp_path / "bank.advisor"
    Project.create(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("update meta set value = '999' where name = 'schema_version'")
    connection.close()
    with pytest.raises(ProjectError, match="newer version"):
        Project.open(path)


@pytest.mark.parametrize("missing", ["no/such/folder/x.advisor"])
def test_missing_places_are_one_sentence(tmp_path, missing):
    with pytest.raises(ProjectError, match="no project file"):
        Project.open(tmp_path / missing)
    with pytest.raises(ProjectError, match="does not exist"):
        Project.create(tmp_path / missing)


def test_create_never_overwrites(tmp_path):
    path = tmp_path / "bank.advisor"
    Project.create(path).close()
    with pytest.raises(ProjectError, match="is there already"):
        Project.create(Path(path))
