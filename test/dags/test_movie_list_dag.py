"""`movie-list-dag`: its tasks, its edges and what they are told."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from types import SimpleNamespace

import jinja2
import pytest

DAG_ID = "movie-list-dag"

# https://aws.amazon.com/blogs/aws/introducing-amazon-managed-workflows-for-apache-airflow-mwaa/
EDGES = {
    ("check_s3_for_key", "files_to_s3"),
    ("files_to_s3", "create_athena_movie_table"),
    ("files_to_s3", "create_athena_ratings_table"),
    ("files_to_s3", "create_athena_tags_table"),
    ("files_to_s3", "create_redshift_table_if_not_exists"),
    ("create_athena_movie_table", "join_athena_tables"),
    ("create_athena_ratings_table", "join_athena_tables"),
    ("create_athena_tags_table", "join_athena_tables"),
    ("join_athena_tables", "clean_up_csv"),
    ("clean_up_csv", "transfer_to_redshift"),
    ("create_redshift_table_if_not_exists", "transfer_to_redshift"),
}


@pytest.fixture(scope="module")
def dag(dag_bag):
    assert dag_bag.import_errors == {}
    return dag_bag.dags[DAG_ID]


def test_tasks_and_edges_are_the_posts(dag):
    edges = {(task.task_id, down) for task in dag.tasks for down in task.downstream_task_ids}
    assert edges == EDGES
    assert set(dag.task_ids) == {task for edge in EDGES for task in edge}


def test_runs_one_at_a_time_for_two_hours_at_most_and_starts_paused(dag):
    assert dag.max_active_runs == 1
    assert dag.dagrun_timeout == timedelta(hours=2)
    assert dag.is_paused_upon_creation is True
    assert dag.catchup is False
    assert {"athena", "redshift"} <= set(dag.tags)


def test_a_failed_task_fails_the_run(dag):
    assert {task.trigger_rule for task in dag.tasks} == {"all_success"}


def test_no_task_waits_without_end(dag):
    assert dag.get_task("check_s3_for_key").timeout == 300


@pytest.mark.parametrize(
    ("option", "schedule"),
    [
        (None, "*/10 * * * *"),
        ("0 3 * * *", "0 3 * * *"),
        ("none", None),
        (" None ", None),
    ],
)
def test_the_schedule_is_a_configuration_option(monkeypatch, dag_bag, option, schedule):
    import movie_list_dag

    name = "AIRFLOW__MWAA_ANALYTICS__MOVIE_LIST_SCHEDULE"
    if option is None:
        monkeypatch.delenv(name, raising=False)
    else:
        monkeypatch.setenv(name, option)
    assert movie_list_dag.schedule() == schedule


VARIABLES = {
    "s3_bucket_name": "a-bucket",
    # Not the names that the program gives: nothing may be fixed in the DAG.
    "movie_list_raw_prefix": "raw-files/",
    "athena_db": "a_database",
    "athena_workgroup": "a-workgroup",
    "redshift_table_name": "a_table",
    "redshift_copy_role_arn": "arn:aws:iam::123456789012:role/copy",
}


class TaskInstance:
    """What a template asks of the task instance."""

    def xcom_pull(self, task_ids: str) -> str:
        return f"s3://a-bucket/result of {task_ids}/x.csv"


def rendered(template: str) -> str:
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    return environment.from_string(template).render(var={"value": VARIABLES}, ti=TaskInstance())


def texts(task) -> list[str]:
    """The texts of a task's template fields."""
    values = [getattr(task, name) for name in task.template_fields]
    return [
        text
        for value in values
        for text in (value if isinstance(value, list) else [value])
        if isinstance(text, str)
    ]


def test_templates_use_only_variables_that_the_program_makes(dag):
    # `ts` and the like do not exist in a run that was triggered by hand.
    for task in dag.tasks:
        for text in texts(task):
            assert "{{" not in rendered(text)


def test_nothing_is_asked_of_another_bucket_database_or_workgroup(dag):
    for table in ("movie", "ratings", "tags"):
        task = dag.get_task(f"create_athena_{table}_table")
        folder = "movies" if table == "movie" else table
        location = f"s3://a-bucket/raw-files/ml-latest-small/{folder}/"
        assert (task.table, rendered(task.location)) == (f"ml_latest_small_{folder}", location)
        assert (rendered(task.database), rendered(task.workgroup)) == ("a_database", "a-workgroup")
    sensor = dag.get_task("check_s3_for_key")
    key = rendered(sensor.bucket_key)
    assert (rendered(sensor.bucket_name), key) == ("a-bucket", "raw-files/")


def test_the_table_is_emptied_and_loaded_in_one_transaction(dag):
    delete, copy = map(rendered, dag.get_task("transfer_to_redshift").sql)
    assert delete == "DELETE FROM a_table"
    assert copy.split("\n")[1:4] == [
        "COPY a_table (title, rating)",
        "FROM 's3://a-bucket/result of clean_up_csv/x.csv'",
        "IAM_ROLE 'arn:aws:iam::123456789012:role/copy'",
    ]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (
            {"redshift_workgroup": "wg"},
            {
                "workgroup_name": "wg",
                "cluster_identifier": None,
                "db_user": None,
                "secret_arn": None,
            },
        ),
        (
            {"redshift_workgroup": "wg", "redshift_secret_arn": "arn:secret"},
            {"workgroup_name": "wg", "db_user": None, "secret_arn": "arn:secret"},
        ),
        (
            {"redshift_cluster": "c", "redshift_db_user": "u"},
            {"workgroup_name": None, "cluster_identifier": "c", "db_user": "u"},
        ),
    ],
)
def test_sql_goes_to_the_workgroup_or_the_cluster(monkeypatch, variables, expected):
    from airflow.providers.amazon.aws.operators.redshift_data import RedshiftDataOperator

    from mwaalib import redshift

    seen = {}
    values = {"redshift_db": "dev", **variables}
    monkeypatch.setattr(redshift.Variable, "get", lambda name, default=None: values.get(name))
    monkeypatch.setattr(
        RedshiftDataOperator, "execute", lambda self, _: seen.update(vars(self)) or ["id"]
    )
    operator = redshift.RedshiftTargetOperator(task_id="t", sql="SELECT 1")
    assert operator.execute({}) == ["id"]
    assert {name: seen[name] for name in (*expected, "database")} == {**expected, "database": "dev"}


@pytest.mark.parametrize("both", [True, False])
def test_sql_without_one_target_is_refused(monkeypatch, both):
    from mwaalib import redshift

    monkeypatch.setattr(
        redshift.Variable, "get", lambda name, default=None: "x" if both else default
    )
    with pytest.raises(ValueError, match="set exactly one"):
        redshift.RedshiftTargetOperator(task_id="t", sql="SELECT 1").execute({})


@pytest.fixture
def statements(monkeypatch):
    """The Data API in memory, and a workgroup for its statements."""
    from airflow.providers.amazon.aws.hooks.redshift_data import RedshiftDataHook
    from fake_aws import FakeRedshiftData

    fake = FakeRedshiftData()
    monkeypatch.setattr(RedshiftDataHook, "conn", fake.client)
    monkeypatch.setenv("AIRFLOW_VAR_REDSHIFT_WORKGROUP", "a-workgroup")
    monkeypatch.setenv("AIRFLOW_VAR_REDSHIFT_DB", "dev")
    return fake


def test_a_killed_task_cancels_the_statement_that_it_waits_for(monkeypatch, statements):
    from airflow.providers.amazon.aws.hooks.redshift_data import RedshiftDataQueryAbortedError

    from mwaalib.redshift import RedshiftTargetOperator

    operator = RedshiftTargetOperator(task_id="t", sql="SELECT 1", poll_interval=1)
    plain = statements.DescribeStatement

    def killed(**asked):
        answer = dict(plain(**asked))
        assert answer["Status"] == "ABORTED" or statements.calls.count("DescribeStatement") == 1
        operator.on_kill()
        return answer

    monkeypatch.setattr(statements, "DescribeStatement", killed)
    with pytest.raises(RedshiftDataQueryAbortedError):
        operator.execute({})
    assert [one["Status"] for one in statements.statements.values()] == ["ABORTED"]


def test_a_task_that_is_killed_before_its_statement_cancels_nothing(statements):
    from mwaalib.redshift import RedshiftTargetOperator

    RedshiftTargetOperator(task_id="t", sql="SELECT 1").on_kill()
    assert statements.calls == []


# https://repost.aws/knowledge-center/redshift-serializable-isolation
VIOLATION = (
    "ERROR: 1023\n  Detail: Serializable isolation violation on table - 1256109, transactions "
    "forming the cycle are: 15749004, 15748971 (pid:8238)"
)


def undone(monkeypatch, statements, error: str, times: int) -> list[float]:
    """Has Redshift undo the first statements; the seconds that are waited are kept."""
    from mwaalib import redshift

    waits: list[float] = []
    monkeypatch.setattr(redshift.time, "sleep", waits.append)

    def describe(Id: str) -> dict:
        fails = len(statements.statements) <= times
        failed = {"Status": "FAILED", "Error": error}
        return {"Id": Id, **(failed if fails else {"Status": "FINISHED"})}

    monkeypatch.setattr(statements, "DescribeStatement", describe)
    return waits


@pytest.mark.parametrize("times", [1, 3, 9])
@pytest.mark.parametrize(
    "error", [VIOLATION, "ERROR:1023 DETAIL: Serializable", "ERROR: 1018\n  Detail: Relation does"]
)
def test_a_transaction_that_met_another_is_begun_again(monkeypatch, statements, times, error):
    from mwaalib.redshift import RedshiftTargetOperator

    waits = undone(monkeypatch, statements, error, times)
    RedshiftTargetOperator(task_id="t", sql="DELETE FROM movie_demo").execute({})
    assert statements.calls.count("ExecuteStatement") == times + 1
    assert len(waits) == times and all(0 <= wait <= 30 for wait in waits)


@pytest.mark.parametrize(
    ("error", "times"), [(VIOLATION, 10), ("ERROR: Load into table 'movie_demo' failed.", 1)]
)
def test_what_goes_on_failing_fails_the_task(monkeypatch, statements, error, times):
    from airflow.providers.amazon.aws.hooks.redshift_data import RedshiftDataQueryFailedError

    from mwaalib.redshift import RedshiftTargetOperator

    undone(monkeypatch, statements, error, 100)
    with pytest.raises(RedshiftDataQueryFailedError, match="ERROR: "):
        RedshiftTargetOperator(task_id="t", sql="DELETE FROM movie_demo").execute({})
    assert statements.calls.count("ExecuteStatement") == times


class Table:
    """The Data API of a database with one table, whose columns a test says."""

    def __init__(self, monkeypatch, columns: dict[str, str] | None) -> None:
        from mwaalib import redshift

        self.columns, self.ran = columns, []
        monkeypatch.setenv("AIRFLOW_VAR_REDSHIFT_WORKGROUP", "a-workgroup")
        monkeypatch.setenv("AIRFLOW_VAR_REDSHIFT_DB", "dev")
        monkeypatch.setattr(redshift.RedshiftTableOperator, "hook", self)
        self.conn = self

    def execute_query(self, sql: str | list[str], **asked) -> SimpleNamespace:
        assert (asked["workgroup_name"], asked["database"]) == ("a-workgroup", "dev")
        assert asked["secret_arn"] == os.environ.get("AIRFLOW_VAR_REDSHIFT_SECRET_ARN")
        self.ran.append(sql)
        if self.columns is None or isinstance(sql, list):
            self.columns = {"title": "varchar", "rating": "numeric"}
        return SimpleNamespace(statement_id="statement")

    def get_statement_result(self, Id: str) -> dict:
        found = [{"name": name, "typeName": kind} for name, kind in self.columns.items()]
        return {"ColumnMetadata": found}

    def create(self) -> None:
        from movie_list_dag import REDSHIFT_COLUMNS, REDSHIFT_TYPES
        from mwaalib.redshift import RedshiftTableOperator

        RedshiftTableOperator(
            task_id="t", table="movie_demo", columns=REDSHIFT_COLUMNS, types=REDSHIFT_TYPES
        ).execute({})


@pytest.mark.parametrize("before", [None, {"title": "varchar", "rating": "numeric"}])
def test_a_table_in_redshift_that_is_right_stays(monkeypatch, before):
    table = Table(monkeypatch, before)
    table.create()
    assert table.ran == [
        "CREATE TABLE IF NOT EXISTS movie_demo (title varchar(1024), rating decimal(2, 1))",
        "SELECT * FROM movie_demo LIMIT 0",
    ]


@pytest.mark.parametrize(
    "before",
    [
        # As the post leaves it.
        {"title": "varchar", "rating": "int4"},
        {"rating": "numeric"},
    ],
)
def test_a_table_in_redshift_with_other_columns_gives_its_name_up(monkeypatch, before):
    table = Table(monkeypatch, before)
    table.create()
    rename, create = table.ran[-1]
    assert re.fullmatch(r"ALTER TABLE movie_demo RENAME TO movie_demo_until_\d{8}_\d{6}", rename)
    assert create == "CREATE TABLE movie_demo (title varchar(1024), rating decimal(2, 1))"
    table.create()
    assert len(table.ran) == 5


def test_readers_may_read_the_table_after_it_was_made_right(monkeypatch):
    monkeypatch.setenv("AIRFLOW_VAR_REDSHIFT_READERS", "ROLE analysts, bob")
    monkeypatch.setenv("AIRFLOW_VAR_REDSHIFT_SECRET_ARN", "arn:secret")
    table = Table(monkeypatch, {"rating": "numeric"})
    table.create()
    assert table.ran[-1] == "GRANT SELECT ON movie_demo TO ROLE analysts, bob"
    assert table.ran[-2][1].startswith("CREATE TABLE movie_demo")


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("permission denied for relation movie_demo", "must own movie_demo"),
        ("must be owner of relation movie_demo", "must own movie_demo"),
        ("syntax error", None),
    ],
)
def test_a_table_of_somebody_else_is_told_with_what_to_do(monkeypatch, reason, told):
    from airflow.providers.amazon.aws.hooks.redshift_data import RedshiftDataQueryFailedError
    from airflow.sdk.exceptions import AirflowFailException

    table = Table(monkeypatch, None)

    def refuse(**_):
        raise RedshiftDataQueryFailedError(reason)

    monkeypatch.setattr(table, "execute_query", refuse)
    with pytest.raises(AirflowFailException if told else RedshiftDataQueryFailedError, match=told):
        table.create()
