"""What a refusal of Lake Formation becomes, in the words in which AWS tells it."""

from __future__ import annotations

import pytest
from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.hooks.glue_catalog import GlueCatalogHook
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from botocore.exceptions import ClientError
from fake_aws import context_of

from mwaalib import lake_formation
from mwaalib.athena import QueryOperator
from mwaalib.external_table import CsvTableOperator
from mwaalib.step_functions import ExecutionSensor

# As it stands in https://github.com/aws-samples/experimental-programmatic-access-ccft/issues/5 and
# https://github.com/aws-solutions/workload-discovery-on-aws/issues/228.
DDL = (
    "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
    "MetaException(message:Insufficient Lake Formation permission(s): Required {} (Service: "
    "AmazonDataCatalog; Status Code: 400; Error Code: AccessDeniedException; Request ID: "
    "14419262-b63c-4aeb-8b8b-5df567d98f43; Proxy: null))"
)
CATALOG = (
    "An error occurred (AccessDeniedException) when calling the {} operation: Insufficient Lake "
    "Formation permission(s): Required {}"
)


@pytest.mark.parametrize(
    ("message", "granted"),
    [
        (DDL.format("Create Table on films-db"), "CREATE_TABLE on films-db"),
        (DDL.format("Create Database on Catalog"), "CREATE_DATABASE on Catalog"),
        (CATALOG.format("GetTable", "Describe on movies"), "DESCRIBE on movies"),
        (CATALOG.format("UpdateTable", "Alter on movies."), "ALTER on movies"),
        (
            "Insufficient Lake Formation permission(s): Required Describe",
            "DESCRIBE on the database",
        ),
        (
            # https://github.com/awslabs/sagemaker-explaining-credit-decisions/issues/8
            "Insufficient Lake Formation permission(s) on films-db (Database name: films-db) "
            "(Service: AWSGlue; Status Code: 400; Error Code: AccessDeniedException)",
            "what is missing on films-db",
        ),
        (
            "Insufficient Lake Formation permission(s) on s3://a-bucket/curated/",
            "DATA_LOCATION_ACCESS on s3://a-bucket/curated/",
        ),
        (
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-integrating-athena.html
            "Insufficient permissions to execute the query. Principal does not have any privilege "
            "on specified resource",
            "what is missing on the database and its tables",
        ),
    ],
)
def test_the_remedy_names_permission_and_resource(message, granted):
    remedy = lake_formation.remedy_of(message)
    assert f"must grant {granted}" in remedy
    assert "to the environment's execution role, by `aws lakeformation grant-permissions`" in remedy


@pytest.mark.parametrize(
    "message",
    [
        "User: arn:aws:sts::1:assumed-role/a is not authorized to perform: glue:GetTable",
        "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.films.movies' does not exist",
        "",
    ],
)
def test_what_is_not_lake_formations_stays_as_it_is(message):
    assert lake_formation.remedy_of(message) is None


@pytest.fixture
def athena(monkeypatch):
    """Athena, whose query fails for a reason, or succeeds where there is none."""

    def fails(reason: str | None) -> None:
        answers = {
            "run_query": "query",
            "poll_query_status": "FAILED" if reason else "SUCCEEDED",
            "get_state_change_reason": reason,
        }
        for name, answer in answers.items():
            monkeypatch.setattr(AthenaHook, name, lambda *_, _answer=answer, **__: _answer)

    monkeypatch.setattr(
        "airflow.providers.amazon.aws.operators.athena.AthenaQueryResultsLink.persist",
        lambda **_: None,
    )
    monkeypatch.setattr(AthenaHook, "conn_region_name", "us-east-1")
    monkeypatch.setattr(AthenaHook, "conn_partition", "aws")
    return fails


def table() -> CsvTableOperator:
    return CsvTableOperator(
        task_id="create",
        database="films-db",
        table="movies",
        columns={"a": "int"},
        location="s3://b/",
    )


def query() -> QueryOperator:
    return QueryOperator(task_id="join", database="films-db", query="SELECT 1")


@pytest.mark.parametrize("operator", [table, query])
def test_a_refused_query_fails_the_task_for_good(athena, operator):
    athena(DDL.format("Create Table on films-db"))
    task = operator()
    with pytest.raises(AirflowFailException) as failure:
        task.execute(context_of(task))
    told = str(failure.value)
    assert "query_execution_id is query. Error: FAILED: Execution Error" in told
    assert (
        told.count("must grant CREATE_TABLE on films-db to the environment's execution role") == 1
    )


def test_another_failure_of_a_query_may_be_tried_again(athena):
    athena("GENERIC_INTERNAL_ERROR: try again")
    task = query()
    with pytest.raises(AirflowException, match="try again") as failure:
        task.execute(context_of(task))
    assert not isinstance(failure.value, AirflowFailException)


def test_a_refused_look_into_the_catalog_fails_the_task_for_good(athena, monkeypatch):
    athena(None)
    message = CATALOG.format("GetTable", "Describe on movies").partition(": ")[2]

    class Glue:
        def get_table(self, **_: str):
            error = {"Error": {"Code": "AccessDeniedException", "Message": message}}
            raise ClientError(error, "GetTable")

    monkeypatch.setattr(GlueCatalogHook, "conn", Glue())
    task = table()
    with pytest.raises(AirflowFailException, match="must grant DESCRIBE on movies to the env"):
        task.execute(context_of(task))


def test_a_refused_glue_job_fails_the_task_that_follows_its_execution(step_functions):
    sensor = ExecutionSensor(task_id="monitor", execution_arn="arn")
    step_functions.executions["arn"] = {
        "status": "FAILED",
        "error": "Glue.AWSGlueException",
        "cause": "films-job jr_1 is FAILED: AccessDeniedException: "
        + CATALOG.format("CreateTable", "Create Table on films-db"),
    }
    with pytest.raises(AirflowFailException) as failure:
        sensor.execute(context_of(sensor))
    told = str(failure.value)
    assert told.startswith("Execution arn is FAILED: Glue.AWSGlueException: films-job jr_1")
    assert "must grant CREATE_TABLE on films-db to the role of what the execution runs" in told
