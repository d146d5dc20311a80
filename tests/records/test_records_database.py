"""The records database: opening, transactions, versions; on SQLite and on PostgreSQL."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy
from alembic.config import Config
from alembic.script import ScriptDirectory

from pilothouse.platform.annotation import item_records
from pilothouse.platform.annotation.models import NewItem
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.query.run_places import RunPlace
from pilothouse.platform.records import Records, RecordsError, micros_of, moment
from pilothouse.platform.records.versions import (
    MIGRATIONS,
    NEWEST,
    SCHEMA,
    bring_up_to_date,
    revision_on,
    snapshot,
    upgrade,
)


def _script() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config)


def _add_project(records: Records, name: str) -> None:
    with records.write() as session:
        session.run("INSERT INTO projects (name, created_at) VALUES (:name, 1)", name=name)


def _project_names(records: Records) -> list[str]:
    with records.read() as session:
        return [row["name"] for row in session.all("SELECT name FROM projects ORDER BY name")]


def test_the_constant_names_the_newest_migration() -> None:
    assert _script().get_heads() == [NEWEST]


def test_every_migration_says_its_reason() -> None:
    revisions = list(_script().walk_revisions())

    assert revisions
    assert all("Reason:" in (revision.module.__doc__ or "") for revision in revisions)


def test_a_new_file_is_made_from_the_snapshot_exactly_as_migrations_would(tmp_path: Path) -> None:
    path = tmp_path / "migrated.db"
    records = Records(f"sqlite:///{path}")

    upgrade(records)
    records.close()

    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert snapshot(connection) == SCHEMA.read_text("utf-8")


def test_tables_are_created_and_a_second_start_changes_nothing(database_url: str) -> None:
    records = Records(database_url)

    records.migrate()
    _add_project(records, "kept")
    records.migrate()

    assert _project_names(records) == ["kept"]
    with records.engine.connect() as connection:
        assert revision_on(connection) == NEWEST
    records.close()


def test_a_filled_database_of_each_version_comes_to_the_newest_with_its_rows(
    database_url: str,
) -> None:
    records = Records(database_url)
    upgrade(records, to="0001")
    with records.write() as session:
        session.run(
            "INSERT INTO projects (name, description, retention_days, masking, demo, created_at) "
            "VALUES ('shop', 'the shop', 7, '[]', :demo, 5)",
            demo=True,
        )
        session.run(
            "INSERT INTO accounts (email, password_hash, role, created_at) "
            "VALUES ('ann@example.org', 'x', 'admin', 6)"
        )
        session.run(
            "INSERT INTO api_keys (name, hint, key_hash, scopes, project_id, created_at) "
            "VALUES ('ci', 'ph_abc', 'h', 'ingest', 1, 7)"
        )

    bring_up_to_date(records)

    with records.read() as session:
        project = session.one("SELECT * FROM projects")
        key = session.one("SELECT * FROM api_keys")
    assert project is not None
    assert key is not None
    assert (project["name"], project["retention_days"], bool(project["demo"])) == ("shop", 7, True)
    assert (key["name"], key["project_id"], key["revoked_at"]) == ("ci", 1, None)
    records.close()


def test_queues_of_the_version_before_keep_their_items_and_take_threads(database_url: str) -> None:
    records = Records(database_url)
    upgrade(records, to="0002")
    item = (
        "INSERT INTO annotation_items"
        " (id, queue_id, run_id, other_run_id, project_id, trace_id, span_id, added_at)"
        " VALUES (:id, 'q', :run_id, '', 1, 't', :run_id, 5) ON CONFLICT DO NOTHING"
    )
    with records.write() as session:
        session.run(
            "INSERT INTO annotation_queues (id, name, created_at, updated_at)"
            " VALUES ('q', 'old', 1, 1)"
        )
        session.run(item, id="i1", run_id="r1")
        session.run(
            "INSERT INTO annotation_reviews (item_id, reviewer, status, updated_at)"
            " VALUES ('i1', 'ann', 'done', 6)"
        )

    bring_up_to_date(records)

    thread = NewItem(
        run_id="", thread_id="talk", place=RunPlace(project=1, trace_id="t", span_id="s")
    )
    with records.write() as session:
        # The version before goes on writing as it did while servers are replaced one by one.
        assert session.run(item, id="i2", run_id="r1") == 0
        assert session.run(item, id="i3", run_id="r2") == 1
        item_records.add(session, "q", [("i4", thread), ("i5", thread)], "ann")
        found = item_records.page(session, "q", limit=10)
    assert [(one.id, one.run_id, one.thread_id, one.done) for one in found] == [
        ("i1", "r1", "", 1),
        ("i3", "r2", "", 0),
        ("i4", "", "talk", 0),
    ]
    records.close()


def test_a_database_of_a_newer_version_is_refused_in_one_sentence(database_url: str) -> None:
    records = Records(database_url)
    records.migrate()
    with records.write() as session:
        session.run("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(RecordsError, match="newer version of Pilothouse"):
        records.migrate()
    records.close()


def test_servers_that_start_at_once_migrate_one_after_the_other(database_url: str) -> None:
    def start(number: int) -> None:
        records = Records(database_url)
        try:
            records.migrate()
            _add_project(records, f"server {number}")
        finally:
            records.close()

    with ThreadPoolExecutor(4) as servers:
        list(servers.map(start, range(4)))

    records = Records(database_url)
    assert len(_project_names(records)) == 4
    records.close()


def test_a_block_that_raises_leaves_nothing(records: Records) -> None:
    with contextlib.suppress(RuntimeError), records.write() as session:
        session.run("INSERT INTO projects (name, created_at) VALUES ('lost', 1)")
        raise RuntimeError

    assert _project_names(records) == []


def test_writers_in_many_threads_wait_for_each_other(records: Records) -> None:
    def write(number: int) -> None:
        for repetition in range(5):
            _add_project(records, f"{number}-{repetition}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(_project_names(records)) == 40


def test_another_process_that_writes_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    records = Records(f"sqlite:///{path}")
    records.migrate()
    _add_project(records, "first")
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO projects (name, created_at) VALUES ('other', 1)")
    release = threading.Timer(0.3, lambda: other.execute("COMMIT"))
    release.start()

    _add_project(records, "second")

    release.join()
    assert _project_names(records) == ["first", "other", "second"]
    other.close()
    records.close()


def test_a_list_of_values_is_bound_one_by_one(records: Records) -> None:
    for name in ("a", "b", "c'; DROP TABLE projects"):
        _add_project(records, name)

    with records.read() as session:
        rows = session.all(
            "SELECT name FROM projects WHERE name IN :names ORDER BY name",
            names=["a", "c'; DROP TABLE projects"],
        )

    assert [row["name"] for row in rows] == ["a", "c'; DROP TABLE projects"]


def test_numbers_of_removed_projects_are_never_given_again(records: Records) -> None:
    _add_project(records, "old")
    with records.write() as session:
        session.run("DELETE FROM projects")
    _add_project(records, "new")

    with records.read() as session:
        row = session.one("SELECT id FROM projects")

    assert row == {"id": 2}


def test_an_unknown_scheme_is_refused_with_the_known_ones() -> None:
    with pytest.raises(RecordsError, match=r"unknown scheme 'mysql'.*sqlite:///FILE"):
        Records("mysql://host/db")


def test_a_file_that_is_no_database_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    path.write_bytes(b"this is no database, but long enough to be looked at" * 100)

    with pytest.raises(RecordsError, match="cannot be used: file is not a database"):
        Records(f"sqlite:///{path}").migrate()


def test_a_server_that_is_not_there_is_reported_in_one_sentence(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
    records = Records(f"postgresql://nobody@/nothing?host={tmp_path}")

    with pytest.raises(RecordsError, match="cannot be reached"):
        records.migrate()
    with pytest.raises(RecordsError, match="does not answer"):
        records.ping()
    records.close()


def test_a_start_at_the_newest_version_imports_neither_alembic_nor_sqlalchemy(
    tmp_path: Path,
) -> None:
    script = (
        "import sys\n"
        "from pilothouse.platform.records import Records\n"
        f"records = Records('sqlite:///{tmp_path / 'new' / 'records.db'}')\n"
        "records.migrate(); records.migrate(); records.ping()\n"
        "print(sorted({'alembic', 'sqlalchemy'} & set(sys.modules)))\n"
    )

    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)

    assert answer.stdout == b"[]\n"


def test_times_are_whole_microseconds_in_utc() -> None:
    assert str(moment(1_700_000_000_123_456)) == "2023-11-14 22:13:20.123456+00:00"
    assert moment(None) is None
    assert micros_of(datetime.fromisoformat("1970-01-01T00:00:01")) == 1_000_000


@pytest.mark.parametrize("year", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_nobody_could_read_again_is_refused(year: str) -> None:
    with pytest.raises(BadRequest, match="between the years 1 and 9999"):
        micros_of(datetime.fromisoformat(year))


@pytest.mark.parametrize(
    ("value", "why"),
    [(2**63, "64 bits"), ([1, -(2**70)], "64 bits"), ("\ud800", "half")],
)
def test_what_no_column_can_hold_is_told_to_the_caller(
    records: Records, value: object, why: str
) -> None:
    sql = f"SELECT name FROM projects WHERE name {'IN' if isinstance(value, list) else '='} :it"

    with records.read() as session, pytest.raises(BadRequest, match=why):
        session.all(sql, it=value)


def test_each_connection_to_a_file_writes_ahead_and_checks_references(
    sqlite_records: Records,
) -> None:
    with sqlite_records.engine.connect() as connection:
        answers = [
            connection.execute(sqlalchemy.text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]

    assert answers == ["wal", 1, 15000]


def test_projects_of_before_take_evaluators_and_rules_which_go_with_them(
    database_url: str,
) -> None:
    records = Records(database_url)
    upgrade(records, to="0004")
    _add_project(records, "shop")

    bring_up_to_date(records)

    with records.write() as session:
        session.run(
            "INSERT INTO evaluators (id, name, kind, created_at, updated_at)"
            " VALUES ('e', 'polite', 'judge', 1, 1)"
        )
        session.run(
            "INSERT INTO rules (id, project_id, evaluator_id, name, created_at, updated_at)"
            " SELECT 'r', id, 'e', 'all', 1, 1 FROM projects"
        )
        session.run(
            "INSERT INTO rule_waiting (rule_id, entity, found_at, due_at) VALUES ('r', 't', 1, 1)"
        )
        rule = session.one("SELECT enabled, unit, sampling_rate, version FROM rules")
        session.run("DELETE FROM projects")
        left = session.all("SELECT entity FROM rule_waiting")
        evaluators = session.all("SELECT id FROM evaluators")
    assert rule is not None
    assert (bool(rule["enabled"]), rule["unit"], rule["sampling_rate"]) == (True, "trace", 1.0)
    assert (left, len(evaluators)) == ([], 1)
    records.close()


def test_what_an_evaluator_of_before_cost_is_that_of_its_version_where_it_had_only_one(
    database_url: str,
) -> None:
    records = Records(database_url)
    upgrade(records, to="0005")
    with records.write() as session:
        for name, version in (("once", 1), ("changed", 2)):
            session.run(
                "INSERT INTO evaluators"
                " (id, name, kind, version, spent, priced, created_at, updated_at)"
                " VALUES (:id, :id, 'judge', :version, 700, 7, 1, 1)",
                id=name,
                version=version,
            )
            session.run(
                "INSERT INTO evaluator_versions (evaluator_id, version, created_at)"
                " VALUES (:id, :version, 1)",
                id=name,
                version=version,
            )

    bring_up_to_date(records)

    with records.read() as session:
        rows = session.all(
            "SELECT evaluator_id, spent, priced FROM evaluator_versions ORDER BY evaluator_id"
        )
    assert [tuple(row.values()) for row in rows] == [("changed", 0, 0), ("once", 700, 7)]
    records.close()


def test_projects_of_before_take_dashboards_which_go_with_them(database_url: str) -> None:
    records = Records(database_url)
    upgrade(records, to="0006")
    _add_project(records, "shop")

    bring_up_to_date(records)

    with records.write() as session:
        session.run(
            "INSERT INTO dashboards (id, project_id, name, created_at, updated_at)"
            " SELECT 'd', id, 'Night watch', 1, 1 FROM projects"
        )
        made = session.one("SELECT description, refresh_s, panels, version FROM dashboards")
        session.run("DELETE FROM projects")
        left = session.all("SELECT id FROM dashboards")
    assert made == {"description": "", "refresh_s": None, "panels": "[]", "version": 1}
    assert left == []
    records.close()


def test_projects_of_before_take_alerts_which_go_with_them_but_for_channels(
    database_url: str,
) -> None:
    records = Records(database_url)
    upgrade(records, to="0007")
    _add_project(records, "shop")

    bring_up_to_date(records)

    with records.write() as session:
        session.run(
            "INSERT INTO alert_channels (id, name, kind, created_at, updated_at)"
            " VALUES ('c', 'on call', 'webhook', 1, 1)"
        )
        session.run(
            "INSERT INTO alert_rules"
            " (id, project_id, name, question, condition, created_at, updated_at)"
            " SELECT 'r', id, 'slow', '{}', '{}', 1, 1 FROM projects"
        )
        session.run("INSERT INTO alert_rule_channels (rule_id, channel_id) VALUES ('r', 'c')")
        session.run("INSERT INTO alert_states (rule_id) VALUES ('r')")
        session.run(
            "INSERT INTO alert_events (id, rule_id, kind, level, level_before, at)"
            " VALUES ('e', 'r', 'raised', 'alert', 'ok', 1)"
        )
        made = session.one("SELECT enabled, evaluated_at, muted_until FROM alert_rules")
        session.run("DELETE FROM projects")
        left = session.all("SELECT id FROM alert_events")
        channels = session.all("SELECT id FROM alert_channels")
    assert made is not None
    assert (bool(made["enabled"]), made["evaluated_at"], made["muted_until"]) == (True, 0, None)
    assert (left, len(channels)) == ([], 1)
    records.close()


def test_projects_of_before_take_budgets_which_go_with_them(database_url: str) -> None:
    records = Records(database_url)
    upgrade(records, to="0008")
    _add_project(records, "shop")

    bring_up_to_date(records)

    with records.write() as session:
        session.run(
            "INSERT INTO budgets (id, project_id, name, amount, period, created_at, updated_at)"
            " SELECT 'b', id, 'all', '10', 'month', 1, 1 FROM projects"
        )
        session.run(
            "INSERT INTO budget_tellings (budget_id, period_start, threshold, told_at)"
            " VALUES ('b', 1, 50, 1)"
        )
        made = session.one("SELECT filter, thresholds FROM budgets")
        session.run("DELETE FROM projects")
        left = session.all("SELECT budget_id FROM budget_tellings")
    assert made == {"filter": "", "thresholds": "[]"}
    assert left == []
    records.close()
