"""Services of AWS in memory, behind real clients, so that botocore checks each request."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3

AT_WORK = ("PENDING", "RUNNING")
ACTIVE = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING")


class Fake:
    """A service whose methods are named as the API's operations."""

    service: str

    def __init__(self) -> None:
        self.client = boto3.client(
            self.service, "us-east-1", aws_access_key_id="k", aws_secret_access_key="s"
        )
        self.calls: list[str] = []
        self._asked: dict[str, Any] = {}
        event = self.client.meta.service_model.service_id.hyphenize()
        self.client.meta.events.register(f"provide-client-params.{event}", self._keep)
        self.client.meta.events.register(f"before-call.{event}", self._answer)

    def _keep(self, params: dict[str, Any], **_: Any) -> None:
        self._asked = params

    def _answer(self, model: Any, **_: Any) -> tuple[Any, dict]:
        self.calls.append(model.name)
        answer = getattr(self, model.name)(**self._asked)
        meta = {"ResponseMetadata": {"HTTPStatusCode": 200}}
        return SimpleNamespace(status_code=200), {**(answer or {}), **meta}

    def refuse(self, code: str, message: str) -> None:
        raise self.client.exceptions.from_code(code)(
            {"Error": {"Code": code, "Message": message}}, "operation"
        )


class FakeEmr(Fake):
    """Clusters that are WAITING when a test says so, and steps that do what a test says."""

    service = "emr"

    def __init__(self) -> None:
        super().__init__()
        self.clusters: dict[str, dict[str, Any]] = {}
        self.steps: list[dict[str, Any]] = []
        self.executions: dict[str, dict[str, Any]] = {}
        self._ids = itertools.count(1)

    def add_cluster(self, name: str, state: str = "WAITING") -> str:
        number = f"j-{next(self._ids)}"
        self.clusters[number] = {"Id": number, "Name": name, "Status": {"State": state}}
        return number

    def state(self, cluster: str) -> str:
        return self.clusters[cluster]["Status"]["State"]

    def at_work(self) -> list[dict[str, Any]]:
        return [step for step in self.steps if step["Status"]["State"] in AT_WORK]

    def RunJobFlow(self, Name: str, **request: Any) -> dict:
        number = self.add_cluster(Name, "STARTING")
        self.clusters[number]["request"] = request
        return {"JobFlowId": number, "ClusterArn": f"arn:{number}"}

    def ListClusters(self, ClusterStates: list[str], Marker: str = "0") -> dict:
        # One a page, the newest first.
        found = [c for c in self.clusters.values() if c["Status"]["State"] in ClusterStates]
        at = int(Marker)
        more = {"Marker": str(at + 1)} if at + 1 < len(found) else {}
        return {"Clusters": found[::-1][at : at + 1], **more}

    def DescribeCluster(self, ClusterId: str) -> dict:
        return {"Cluster": self.clusters[ClusterId]}

    def TerminateJobFlows(self, JobFlowIds: list[str]) -> None:
        for number in JobFlowIds:
            if self.state(number) in ACTIVE:
                self.clusters[number]["Status"]["State"] = "TERMINATED"

    def AddJobFlowSteps(self, JobFlowId: str, Steps: list[dict]) -> dict:
        made = [
            {"Id": f"s-{next(self._ids)}", "cluster": JobFlowId, **step, "Status": {}}
            for step in Steps
        ]
        for step in made:
            step["Status"] = {"State": "PENDING"}
        self.steps += made
        return {"StepIds": [step["Id"] for step in made]}

    def ListSteps(self, ClusterId: str, Marker: str = "0") -> dict:
        found = [step for step in self.steps if step["cluster"] == ClusterId][::-1]
        at = int(Marker)
        more = {"Marker": str(at + 1)} if at + 1 < len(found) else {}
        return {"Steps": found[at : at + 1], **more}

    def CancelSteps(self, ClusterId: str, StepIds: list[str], StepCancellationOption: str) -> None:
        for step in self.steps:
            if step["Id"] in StepIds and step["Status"]["State"] in AT_WORK:
                step["Status"] = {"State": "CANCELLED"}

    def add_execution(self, cluster: str, status: str = "RUNNING", **told: Any) -> str:
        number = f"ex-{next(self._ids)}"
        self.executions[number] = {
            "NotebookExecutionId": number,
            "ExecutionEngine": {"Id": cluster},
            "Status": status,
            "StartTime": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=len(self.executions)),
            **told,
        }
        return number

    def status(self, execution: str) -> str:
        return self.executions[execution]["Status"]

    def StartNotebookExecution(self, ExecutionEngine: dict, **request: Any) -> dict:
        number = self.add_execution(
            ExecutionEngine["Id"],
            "START_PENDING",
            NotebookExecutionName=request["NotebookExecutionName"],
            request={"ExecutionEngine": ExecutionEngine, **request},
        )
        return {"NotebookExecutionId": number}

    def DescribeNotebookExecution(self, NotebookExecutionId: str) -> dict:
        return {"NotebookExecution": dict(self.executions[NotebookExecutionId])}

    def ListNotebookExecutions(self, ExecutionEngineId: str, Marker: str = "0") -> dict:
        # One a page, the newest first.
        found = [
            {**execution, "ExecutionEngineId": ExecutionEngineId}
            for execution in self.executions.values()
            if execution["ExecutionEngine"]["Id"] == ExecutionEngineId
        ][::-1]
        at = int(Marker)
        more = {"Marker": str(at + 1)} if at + 1 < len(found) else {}
        return {"NotebookExecutions": found[at : at + 1], **more}

    def StopNotebookExecution(self, NotebookExecutionId: str) -> None:
        if self.status(NotebookExecutionId) not in ("START_PENDING", "STARTING", "RUNNING"):
            self.refuse("InvalidRequestException", "cannot be stopped")
        self.executions[NotebookExecutionId]["Status"] = "STOPPED"


class FakeS3(Fake):
    """Buckets whose objects have a size, and no content."""

    service = "s3"

    def __init__(self, **buckets: dict[str, int]) -> None:
        super().__init__()
        self.buckets = buckets

    def ListObjectsV2(
        self,
        Bucket: str,
        Prefix: str = "",
        Delimiter: str = "",
        ContinuationToken: str = "",
        **_: Any,
    ) -> dict:
        if Bucket not in self.buckets:
            self.refuse("NoSuchBucket", "The specified bucket does not exist")
        keys = sorted(key for key in self.buckets[Bucket] if key.startswith(Prefix))
        entries: dict[str, dict] = {}
        for key in keys:
            head, cut, _rest = key[len(Prefix) :].partition(Delimiter or "\0")
            if Delimiter and cut:
                entries[Prefix + head + cut] = {"CommonPrefixes": [{"Prefix": Prefix + head + cut}]}
            else:
                entries[key] = {"Contents": [{"Key": key, "Size": self.buckets[Bucket][key]}]}
        # One a page.
        at = int(ContinuationToken or 0)
        more = (
            {"IsTruncated": True, "NextContinuationToken": str(at + 1)}
            if at + 1 < len(entries)
            else {"IsTruncated": False}
        )
        return {**(list(entries.values())[at] if entries else {}), **more}


class FakeSns(Fake):
    """Keeps what is published."""

    service = "sns"

    def __init__(self) -> None:
        super().__init__()
        self.published: list[dict[str, str]] = []

    def Publish(self, **message: str) -> dict:
        self.published.append(message)
        return {"MessageId": str(len(self.published))}


class FakeStepFunctions(Fake):
    """Executions that do what a test says."""

    service = "stepfunctions"

    def __init__(self) -> None:
        super().__init__()
        self.executions: dict[str, dict[str, Any]] = {}
        self.inputs: list[str] = []

    def StartExecution(self, stateMachineArn: str, name: str, input: str = "{}") -> dict:
        self.inputs.append(input)
        arn = f"{stateMachineArn.replace(':stateMachine:', ':execution:')}:{name}"
        found = self.executions.setdefault(arn, {"status": "RUNNING"})
        if found["status"] != "RUNNING":
            self.refuse("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
        return {"executionArn": arn}

    def DescribeExecution(self, executionArn: str) -> dict:
        return {"executionArn": executionArn, **self.executions[executionArn]}

    def StopExecution(self, executionArn: str, error: str, cause: str) -> None:
        if self.executions[executionArn]["status"] == "RUNNING":
            self.executions[executionArn] = {"status": "ABORTED", "error": error, "cause": cause}


class FakeRedshiftData(Fake):
    """Statements that end when a test says so."""

    service = "redshift-data"

    def __init__(self) -> None:
        super().__init__()
        self.statements: dict[str, dict[str, Any]] = {}

    def ExecuteStatement(self, **asked: Any) -> dict:
        statement = {"Id": f"statement-{len(self.statements)}", "Status": "STARTED"}
        self.statements[statement["Id"]] = statement
        return {"Id": statement["Id"]}

    def DescribeStatement(self, Id: str) -> dict:
        return self.statements[Id]

    def CancelStatement(self, Id: str) -> dict:
        self.statements[Id]["Status"] = "ABORTED"
        return {"Status": True}


#: RunJobFlow's request, as the program writes it: without a name.
JOB_FLOW = {"LogUri": "s3://data/emr-logs/", "Instances": {"KeepJobFlowAliveWhenNoSteps": True}}

#: What the notebook's DAGs read; the requests lack what other Variables hold, or a run decides.
NOTEBOOK_VARIABLES = {
    "REGION": "us-west-2",
    "SUBNET_ID": "subnet-1,subnet-2",
    "EMR_LOG_URI": "s3://data-bucket/emr-logs/",
    "NOTEBOOK_FILE_NAME": "find_best_sellers.ipynb",
    "CATEGORIES_CSV": "Apparel,Books",
    "FROM_DATE": "2015-08-25",
    "TO_DATE": "2015-08-31",
    "INPUT_LOCATION": "s3://data-bucket/reviews/",
    "SAMPLE_REVIEWS_LOCATION": "s3://data-bucket/reviews/",
    "OUTPUT_LOCATION": "s3://data-bucket/query_output/",
    "SNS_TOPIC_ARN": "arn:aws:sns:us-west-2:123456789012:notices",
    "notebook_job_flow": json.dumps({"Instances": {"KeepJobFlowAliveWhenNoSteps": True}}),
    "notebook_execution": json.dumps(
        {
            "ServiceRole": "arn:aws:iam::123456789012:role/notebook",
            "ExecutionEngine": {"Type": "EMR", "MasterInstanceSecurityGroupId": "sg-1"},
            "NotebookInstanceSecurityGroupId": "sg-2",
            "NotebookS3Location": {"Bucket": "airflow-bucket", "Key": "notebooks/"},
            "OutputNotebookS3Location": {"Bucket": "data-bucket", "Key": "notebook-output/"},
            "OutputNotebookFormat": "HTML",
            "Tags": [{"Key": "Environment", "Value": "dev"}],
        }
    ),
    "JOBS_LOCATION": "s3://airflow-bucket/jobs/",
}


@dataclass
class TaskInstance:
    """What the operators ask of a task's run. A clearing sets `max_tries` as Airflow does."""

    task: Any
    dag_id: str = "a_dag"
    run_id: str = "manual__2026-01-01T00:00:00+00:00"
    map_index: int = -1
    try_number: int = 1
    max_tries: int = 0
    links: dict[str, Any] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)

    @property
    def task_id(self) -> str:
        return self.task.task_id

    def xcom_push(self, key: str, value: Any) -> None:
        self.links[key] = value

    def get_task_states(self, dag_id: str, task_ids: list[str], run_ids: list[str]) -> dict:
        assert (dag_id, run_ids) == (self.dag_id, [self.run_id])
        return {self.run_id: {task: self.states[task] for task in task_ids}}

    def get_first_reschedule_date(self, context: Any) -> datetime | None:
        return context["first_look"]


def context_of(
    task: Any,
    *,
    run_id: str = "manual__2026-01-01T00:00:00+00:00",
    run_after: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    try_number: int = 1,
    cleared_after: int = 0,
    first_look: datetime | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Context of a task.

    Args:
        task: The operator.
        run_id: Id of the run.
        run_after: When the run was due.
        try_number: Number of the try.
        cleared_after: How many tries there had been when the task was last cleared.
        first_look: When a sensor looked first; None for never before.
        **more: What else the context has.
    """
    ti = TaskInstance(
        task, run_id=run_id, try_number=try_number, max_tries=cleared_after + (task.retries or 0)
    )
    run = SimpleNamespace(dag_id=ti.dag_id, run_id=run_id, run_after=run_after)
    return {"ti": ti, "dag_run": run, "task": task, "first_look": first_look, **more}
