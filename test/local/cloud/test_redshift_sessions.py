"""Temporary tables, sessions and parameters of Redshift.

https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest
from running import Cloud, unique
from test_auth import refused
from test_model import send
from test_redshift import LONG, Warehouse, as_task, outcome


class Sessions(Warehouse):
    """A warehouse with sessions."""

    def open(self, *sqls: str, seconds: int = 300, client: Any = None) -> str:
        """A session that statements have begun; its id."""
        target = {**self.target, "SessionKeepAliveSeconds": seconds}
        data = client or self.data
        started = (
            data.batch_execute_statement(Sqls=list(sqls), **target)
            if len(sqls) > 1
            else data.execute_statement(Sql=sqls[0], **target)
        )
        ended = self.end(started["Id"])
        assert ended["Status"] == "FINISHED", ended
        assert ended["SessionId"] == started["SessionId"]
        return started["SessionId"]

    def inside(self, session: str, *sqls: str, **more: Any) -> dict[str, Any]:
        """Run statements in a session; how they ended."""
        more = {"SessionId": session, **more}
        started = (
            self.data.batch_execute_statement(Sqls=list(sqls), **more)
            if len(sqls) > 1
            else self.data.execute_statement(Sql=sqls[0], **more)
        )
        return self.end(started["Id"])

    def plain(self, operation: str, **content: Any) -> dict[str, Any]:
        """The answer to a call with members that an older SDK has not; an error's has `__type`."""
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"RedshiftData.{operation}",
        }
        body = json.dumps(content).encode()
        return json.loads(send(self.cloud, "redshift-data", headers, body)[1])

    def shown(self, session: str, sql: str) -> list[tuple]:
        """The rows of a query in a session."""
        ended = self.inside(session, sql)
        assert ended["Status"] == "FINISHED", ended
        records = self.data.get_statement_result(Id=ended["Id"])["Records"]
        return [
            tuple(None if "isNull" in field else next(iter(field.values())) for field in record)
            for record in records
        ]


@pytest.fixture(scope="module")
def sessions(cloud: Cloud) -> Sessions:
    return Sessions(cloud)


def name(stem: str) -> str:
    return unique(stem).replace("-", "_")


@pytest.mark.parametrize(
    ("create", "table"),
    [
        ("CREATE TEMP TABLE stage (a INT)", "stage"),
        ("CREATE TEMPORARY TABLE stage (a INT)", "stage"),
        ("CREATE LOCAL TEMP TABLE stage (a INT)", "stage"),
        ("CREATE TABLE #stage (a INT)", "#stage"),
        ("CREATE TEMP TABLE stage AS SELECT 7 AS a WHERE false", "stage"),
        ("SELECT 7 AS a INTO #stage WHERE false", "#stage"),
        ("SELECT 7 AS a INTO TEMP TABLE stage WHERE false", "stage"),
    ],
)
def test_a_temporary_table_is_its_batchs(sessions: Sessions, create: str, table: str) -> None:
    kept = name("kept")
    ended = sessions.run(
        create,
        f"INSERT INTO {table} VALUES (1), (2)",
        f"UPDATE {table} SET a = a + 1",
        f"DELETE FROM {table} WHERE a = 2",
        f"CREATE TABLE {kept} AS SELECT * FROM {table}",
    )
    assert ended["Status"] == "FINISHED", ended
    assert sessions.rows(f"SELECT * FROM {kept}") == [(3,)]
    gone = sessions.run(f"SELECT * FROM {table}")
    assert f'relation "{table}" does not exist' in gone["Error"]


def test_a_temporary_table_hides_a_permanent_one(sessions: Sessions) -> None:
    table = name("hidden")
    sessions.run(f"CREATE TABLE {table} (a INT)", f"INSERT INTO {table} VALUES (1)")
    session = sessions.open(f"CREATE TEMP TABLE {table} (b INT)")
    assert sessions.shown(session, f"SELECT count(*) FROM {table}") == [(0,)]
    assert sessions.shown(session, f"SELECT a FROM public.{table}") == [(1,)]
    assert sessions.inside(session, f"DROP TABLE {table}")["Status"] == "FINISHED"
    assert sessions.shown(session, f"SELECT a FROM {table}") == [(1,)]
    wrong = sessions.inside(session, "CREATE TEMP TABLE public.a (a INT)")
    assert "cannot create temporary relation in non-temporary schema" in wrong["Error"]


def test_a_table_like_another(sessions: Sessions) -> None:
    table, plain = name("like"), name("plain")
    columns = "id INT NOT NULL, name VARCHAR(3) DEFAULT 'x', day DATE"
    sessions.run(f"CREATE TABLE {table} ({columns})")
    session = sessions.open(
        f"CREATE TABLE #{table} (LIKE {table} INCLUDING DEFAULTS)",
        f"CREATE TABLE {plain} (LIKE {table})",
    )
    for made, default in ((f"#{table}", "x"), (plain, None)):
        assert sessions.inside(session, f"INSERT INTO {made} (id) VALUES (1)")["ResultRows"] == 1
        assert sessions.shown(session, f"SELECT * FROM {made}") == [(1, default, None)]
        long = sessions.inside(session, f"INSERT INTO {made} VALUES (1, 'abcd', NULL)")
        assert "value too long for type character varying(3)" in long["Error"]
        assert (
            "not-null"
            in sessions.inside(session, f"INSERT INTO {made} (name) VALUES ('a')")["Error"]
        )


def test_a_session_keeps_temporary_tables_and_parameters(sessions: Sessions) -> None:
    session = sessions.open("CREATE TEMP TABLE stage (a INT)", "SET query_group TO 'loads'")
    assert sessions.inside(session, "INSERT INTO stage VALUES (1)")["ResultRows"] == 1
    # What is undone leaves the session as it was.
    undone = sessions.inside(
        session, "INSERT INTO stage VALUES (2)", "SET query_group TO 'no'", "SELECT 1 FROM nowhere"
    )
    assert undone["Status"] == "FAILED"
    assert sessions.shown(session, "SELECT a FROM stage") == [(1,)]
    assert sessions.shown(session, "SHOW query_group") == [("loads",)]
    sessions.inside(session, "RESET query_group")
    assert sessions.shown(session, "SHOW query_group") == [("default",)]
    other = sessions.open("CREATE TEMP TABLE stage (b INT)")
    assert sessions.shown(other, "SELECT b FROM stage") == []
    assert "does not exist" in sessions.run("SELECT * FROM stage")["Error"]
    listed = sessions.data.list_statements()["Statements"]
    assert session in [one.get("SessionId") for one in listed]


def test_a_search_path(sessions: Sessions) -> None:
    schema = name("mart")
    session = sessions.open(f"CREATE SCHEMA {schema}", f"CREATE TABLE {schema}.facts (a INT)")
    assert "does not exist" in sessions.inside(session, "SELECT * FROM facts")["Error"]
    sessions.inside(session, f"SET search_path TO {schema}, public")
    assert sessions.shown(session, "SELECT * FROM facts") == []
    assert sessions.shown(session, "SHOW search_path") == [(f"{schema}, public",)]
    unknown = sessions.inside(session, "SET datestyle TO ISO")
    assert "does not run SET datestyle" in unknown["Error"]


def test_a_session_does_one_thing_at_a_time(sessions: Sessions) -> None:
    session = sessions.open("SELECT 1")
    busy = sessions.data.execute_statement(Sql=LONG, SessionId=session)["Id"]
    code, message = refused(sessions.data.execute_statement, Sql="SELECT 1", SessionId=session)
    assert (code, message) == ("ValidationException", "Session is not available")
    sessions.data.cancel_statement(Id=busy)
    assert sessions.end(busy)["Status"] == "ABORTED"
    assert sessions.shown(session, "SELECT 2") == [(2,)]


def test_a_session_ends_after_its_seconds(sessions: Sessions) -> None:
    none = sessions.open("SELECT 1", seconds=0)
    session = sessions.open("CREATE TEMP TABLE stage (a INT)", seconds=1)
    # Seconds that are given anew count from then on.
    assert sessions.inside(session, "SELECT 1", SessionKeepAliveSeconds=60)["Status"] == "FINISHED"
    short = sessions.open("SELECT 1", seconds=1)
    time.sleep(1.1)
    for over in (none, short):
        code, message = refused(sessions.data.execute_statement, Sql="SELECT 1", SessionId=over)
        assert (code, message) == ("ValidationException", "Session is not available")
    assert sessions.shown(session, "SELECT * FROM stage") == []


def test_what_a_session_is_not_given(sessions: Sessions) -> None:
    session = sessions.open("SELECT 1")
    run, named = sessions.data.execute_statement, {"Sql": "SELECT 1", "SessionId": session}
    for more in ({"WorkgroupName": sessions.name}, {"ClusterIdentifier": "a"}, {"DbUser": "a"}):
        assert refused(run, **named, **more)[0] == "ValidationException"
    code, message = refused(run, **named, Database="other")
    assert code == "ValidationException" and "dev" in message
    assert sessions.inside(session, "SELECT 1", Database="dev")["Status"] == "FINISHED"
    unknown = str(uuid.uuid4())
    code, message = refused(run, Sql="SELECT 1", SessionId=unknown)
    assert (code, message) == ("ValidationException", f"Session with Id: {unknown} is invalid")
    target = {"WorkgroupName": sessions.name, "Database": "dev", "Sql": "SELECT 1"}
    for seconds in (-1, 86401):
        code, _ = refused(run, **target, SessionKeepAliveSeconds=seconds)
        assert code == "ValidationException"
    # Another's is none.
    _, task = as_task(sessions)
    code, message = refused(task.execute_statement, **named)
    assert (code, message) == ("ValidationException", f"Session with Id: {session} is invalid")
    assert "SessionId" not in sessions.run("SELECT 1")


def test_a_temporary_table_is_nobody_elses(sessions: Sessions) -> None:
    """A task owns the temporary table whose name another's permanent one has, and only that."""
    table = name("owned")
    sessions.run(f"CREATE TABLE {table} (a INT)", f"INSERT INTO {table} VALUES (1)")
    _, task = as_task(sessions)
    target = {"WorkgroupName": sessions.name, "Database": "dev", "SessionKeepAliveSeconds": 60}
    session = task.execute_statement(Sql=f"CREATE TEMP TABLE {table} (a INT)", **target)
    sessions.end(session["Id"])

    def inside(sql: str) -> str:
        identifier = task.execute_statement(Sql=sql, SessionId=session["SessionId"])["Id"]
        ended = sessions.end(identifier)
        return ended.get("Error", ended["Status"])

    assert inside(f"INSERT INTO {table} VALUES (2)") == "FINISHED"
    assert f"permission denied for relation {table}" in inside(f"SELECT * FROM public.{table}")
    assert inside(f"DROP TABLE {table}") == "FINISHED"
    assert f"must be owner of relation {table}" in inside(f"DROP TABLE {table}")
    for create in ("#stage (LIKE {0})", "#stage AS SELECT * FROM {0}", "#{0} AS SELECT * FROM {0}"):
        text = f"CREATE TABLE {create.format(table)}"
        assert f"permission denied for relation {table}" in outcome(sessions, task, text)
    same = f"CREATE TEMP TABLE {table} AS SELECT * FROM {table}"
    assert f"permission denied for relation {table}" in outcome(sessions, task, same)
    assert sessions.rows(f"SELECT a FROM {table}") == [(1,)]


def test_temporary_tables_of_one_name_wait_for_nobody(sessions: Sessions) -> None:
    session = sessions.open("CREATE TEMP TABLE stage (a BIGINT)")
    busy = sessions.data.execute_statement(Sql=f"INSERT INTO stage {LONG}", SessionId=session)["Id"]
    ended = sessions.run("CREATE TEMP TABLE stage (a INT)", "INSERT INTO stage VALUES (1)")
    assert ended["Status"] == "FINISHED"
    assert sessions.data.describe_statement(Id=busy)["Status"] == "STARTED"
    sessions.data.cancel_statement(Id=busy)
    assert sessions.end(busy)["Status"] == "ABORTED"


@pytest.mark.full
def test_no_session_is_left_after_a_restart(fresh: Cloud) -> None:
    fresh.start()
    before = Sessions(fresh)
    session = before.open("CREATE TEMP TABLE stage (a INT)", "CREATE TABLE kept (a INT)")
    fresh.stop()
    fresh.start()
    code, message = refused(before.data.execute_statement, Sql="SELECT 1", SessionId=session)
    assert (code, message) == ("ValidationException", "Session is not available")
    assert "does not exist" in before.run("SELECT * FROM stage")["Error"]
    assert before.rows("SELECT * FROM kept") == []


def test_a_batch_that_commits_each_statement(sessions: Sessions) -> None:
    table = name("each")
    sqls = [
        f"CREATE TABLE {table} (a INT)",
        "CREATE TEMP TABLE stage AS SELECT 1 AS a",
        "SELECT * FROM nowhere",
        f"INSERT INTO {table} SELECT * FROM stage",
        f"VACUUM {table}",
    ]
    target = {"WorkgroupName": sessions.name, "Database": "dev"}
    begun = sessions.plain(
        "BatchExecuteStatement", **target, Sqls=sqls, ExecutionMode="AUTO_COMMIT"
    )
    ended = sessions.end(begun["Id"])
    assert ended["Status"] == "FAILED"
    described = sessions.plain("DescribeStatement", Id=begun["Id"])
    assert described["ExecutionMode"] == "AUTO_COMMIT"
    assert 'relation "nowhere" does not exist' in ended["Error"]
    statuses = [one["Status"] for one in ended["SubStatements"]]
    assert statuses == ["FINISHED", "FINISHED", "FAILED", "FINISHED", "FINISHED"]
    assert sessions.rows(f"SELECT * FROM {table}") == [(1,)]


def test_a_request_waits_for_its_statement(sessions: Sessions) -> None:
    target = {"WorkgroupName": sessions.name, "Database": "dev"}
    answer = sessions.plain("ExecuteStatement", **target, Sql="SELECT 1", WaitTimeSeconds=20)
    assert (answer["Status"], answer["HasResultSet"]) == ("FINISHED", True)
    long = sessions.plain("ExecuteStatement", **target, Sql=LONG, WaitTimeSeconds=1)
    assert long["Status"] == "STARTED"
    sessions.data.cancel_statement(Id=long["Id"])
    described = sessions.plain("DescribeStatement", Id=long["Id"], WaitTimeSeconds=20)
    assert described["Status"] == "ABORTED"
    for more in ({"ResultFormat": "CSV"}, {"WithEvent": True}):
        wrong = sessions.plain("ExecuteStatement", **target, Sql="SELECT 1", **more)
        assert wrong["__type"] == "ValidationException" and next(iter(more)) in str(wrong)


def test_sessions_are_listed(sessions: Sessions) -> None:
    closed, session = sessions.open("SELECT 1", seconds=0), sessions.open("SELECT 1", seconds=60)
    listed = {one["SessionId"]: one for one in sessions.plain("ListSessions")["Sessions"]}
    assert closed not in listed
    found = listed[session]
    assert (found["Status"], found["SessionAliveSeconds"]) == ("AVAILABLE", 60)
    assert found["SessionTtl"] > found["UpdatedAt"] >= found["CreatedAt"]
    busy = sessions.data.execute_statement(Sql=LONG, SessionId=session)["Id"]
    [one] = sessions.plain("ListSessions", SessionId=session)["Sessions"]
    assert (one["Status"], one["CurrentStatementId"]) == ("BUSY", busy)
    sessions.data.cancel_statement(Id=busy)
    ended = sessions.plain("ListSessions", Status="CLOSED", WorkgroupName=sessions.name)
    assert closed in [one["SessionId"] for one in ended["Sessions"]]
    first = sessions.plain("ListSessions", MaxResults=1)
    assert len(first["Sessions"]) == 1
    second = sessions.plain("ListSessions", MaxResults=1, NextToken=first["NextToken"])
    assert second["Sessions"] != first["Sessions"]
    assert sessions.plain("ListSessions", ClusterIdentifier="cluster") == {"Sessions": []}
    for more, code in (
        ({"SessionId": session, "Status": "BUSY"}, "ValidationException"),
        ({"SessionId": str(uuid.uuid4())}, "ResourceNotFoundException"),
    ):
        assert sessions.plain("ListSessions", **more)["__type"] == code


def test_vacuum_and_analyze(sessions: Sessions) -> None:
    table = name("kept")
    sessions.run(f"CREATE TABLE {table} (a INT)")
    for text in (
        f"VACUUM FULL {table} TO 99 PERCENT BOOST",
        "VACUUM;",
        f"VACUUM DELETE ONLY public.{table}",
        f"ANALYZE VERBOSE {table} (a)",
        f"ANALYZE {table} PREDICATE COLUMNS",
        "ANALYZE",
    ):
        assert sessions.run(text)["Status"] == "FINISHED", text
    for text, said in (
        ("VACUUM nowhere", 'relation "nowhere" does not exist'),
        (f"ANALYZE {table} NONSENSE", "NONSENSE"),
        (f"ANALYZE COMPRESSION {table}", "ANALYZE COMPRESSION"),
    ):
        assert said in sessions.run(text)["Error"]
    batch = sessions.run(f"ANALYZE {table}", f"VACUUM {table}")
    assert "VACUUM cannot run inside a transaction block" in batch["Error"]
