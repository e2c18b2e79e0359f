"""Step Functions: jobs of Athena, EMR and itself that a task waits for."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from running import ACCOUNT, REGION, Cloud, allow, until
from test_athena import ENDLESS, Lake
from test_auth import refused
from test_emr import Clusters, command, shell
from test_stepfunctions import PASS, Machines, one

OPTIMIZED = "arn:aws:states:::"

RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
EVENTS = allow(["events:PutTargets", "events:PutRule", "events:DescribeRule"], RULE)
EXECUTIONS = allow(["states:StartExecution", "states:DescribeExecution", "states:StopExecution"])


@pytest.fixture
def machines(cloud: Cloud) -> Machines:
    return Machines(cloud)


@pytest.fixture
def clusters(cloud: Cloud) -> Clusters:
    return Clusters(cloud)


def task(action: str, parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A task of an optimized integration."""
    return {"Type": "Task", "Resource": OPTIMIZED + action, "Parameters": parameters, **more}


def chain(**states: dict[str, Any]) -> dict[str, Any]:
    """A machine of states that follow one another."""
    names = list(states)
    for name, following in itertools.pairwise(names):
        states[name]["Next"] = following
    states[names[-1]]["End"] = True
    return {"StartAt": names[0], "States": states}


# Athena.


def query(lake: Lake, sql: str) -> dict[str, Any]:
    """A machine that waits for a query."""
    parameters = {"QueryString": sql, "WorkGroup": lake.workgroup}
    return one(task("athena:startQueryExecution.sync", parameters))


def test_a_query_is_waited_for(machines: Machines) -> None:
    lake = Lake(machines.cloud)
    output = machines.output(query(lake, "SELECT 42 AS a"), allow("*"))
    identifier = output["QueryExecution"]["QueryExecutionId"]
    rows = lake.athena.get_query_results(QueryExecutionId=identifier)["ResultSet"]["Rows"]
    assert [row["Data"][0]["VarCharValue"] for row in rows] == ["a", "42"]
    real = lake.athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]
    told = output["QueryExecution"]["Status"]["CompletionDateTime"]
    assert told == int(real["Status"]["CompletionDateTime"].timestamp() * 1000)


def test_a_query_that_fails_is_the_cause(machines: Machines) -> None:
    ended = machines.run(query(Lake(machines.cloud), "SELECT nosuch"), allow("*"))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(ended["cause"])
    assert cause["Status"]["State"] == "FAILED" and "nosuch" in cause["Status"]["StateChangeReason"]


def test_a_query_that_nobody_waits_for_is_stopped(machines: Machines) -> None:
    lake = Lake(machines.cloud)
    execution = machines.start(machines.make(query(lake, ENDLESS), allow("*")))

    def submitted() -> Any:
        types = {event["type"]: event for event in machines.events(execution)}
        return types.get("TaskSubmitted")

    event = until(submitted)
    identifier = json.loads(event["taskSubmittedEventDetails"]["output"])["QueryExecutionId"]
    machines.states.stop_execution(executionArn=execution)
    until(lambda: lake.status(identifier)["State"] == "CANCELLED")


# Executions.


@pytest.mark.parametrize("pattern", ["sync", "sync:2"])
def test_an_execution_is_waited_for(machines: Machines, pattern: str) -> None:
    child = machines.make(one({**PASS, "Result": {"a": 1}}))
    parameters = {"StateMachineArn": child, "Input": {"given": 2}}
    definition = one(task(f"states:startExecution.{pattern}", parameters))
    output = machines.output(definition, EXECUTIONS, EVENTS)
    assert output["StateMachineArn"] == child and output["Status"] == "SUCCEEDED"
    # The first version of the pattern has them as text.
    read = json.loads if pattern == "sync" else lambda document: document
    assert read(output["Output"]) == {"a": 1} and read(output["Input"]) == {"given": 2}


def test_an_execution_that_fails_is_the_cause(machines: Machines) -> None:
    child = machines.make(
        {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Mine", "Cause": "because"}}}
    )
    parent = one(task("states:startExecution.sync:2", {"StateMachineArn": child}))
    ended = machines.run(parent, EXECUTIONS, EVENTS)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(ended["cause"])
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "Mine", "because")


def test_an_execution_that_nobody_waits_for_is_stopped(machines: Machines) -> None:
    child = machines.make(one({"Type": "Wait", "Seconds": 600}))
    parent = one(task("states:startExecution.sync", {"StateMachineArn": child}))
    execution = machines.start(machines.make(parent, EXECUTIONS, EVENTS))
    children = machines.states.list_executions
    (started,) = until(lambda: children(stateMachineArn=child)["executions"])
    machines.states.stop_execution(executionArn=execution)
    assert machines.end(started["executionArn"])["status"] == "ABORTED"


def test_the_role_has_to_be_allowed_the_rule(machines: Machines) -> None:
    child = machines.make(one(PASS))
    parent = one(task("states:startExecution.sync", {"StateMachineArn": child}))
    code, message = refused(lambda: machines.make(parent, EXECUTIONS))
    assert code == "AccessDeniedException" and "managed-rule" in message
    # An execution that is only started needs no rule.
    started = one(task("states:startExecution", {"StateMachineArn": child}))
    assert "ExecutionArn" in machines.output(started, EXECUTIONS)


# Clusters.


def step(*args: str) -> dict[str, Any]:
    """A task that runs a command on the cluster of the first task, and waits for it."""
    parameters = {"ClusterId.$": "$.cluster.ClusterId", "Step": command(*args)}
    return task("elasticmapreduce:addStep.sync", parameters, ResultPath="$.step")


def test_a_cluster_from_its_start_to_its_end(machines: Machines, clusters: Clusters) -> None:
    named = {"ClusterId.$": "$.cluster.ClusterId"}
    create = task("elasticmapreduce:createCluster.sync", clusters.request())
    definition = chain(
        create={**create, "ResultPath": "$.cluster"},
        protect=task(
            "elasticmapreduce:setClusterTerminationProtection",
            {**named, "TerminationProtected": True},
            ResultPath=None,
        ),
        step=step("true"),
        unprotect=task(
            "elasticmapreduce:setClusterTerminationProtection",
            {**named, "TerminationProtected": False},
            ResultPath=None,
        ),
        terminate=task("elasticmapreduce:terminateCluster.sync", named, ResultPath=None),
    )
    output = machines.output(definition, allow("*"))
    cluster = output["cluster"]["ClusterId"]
    assert output["cluster"] == {"ClusterId": cluster} and list(output["step"]) == ["StepId"]
    assert clusters.status(cluster)["State"] == "TERMINATED"
    assert clusters.step(cluster, output["step"]["StepId"])["State"] == "COMPLETED"


def test_a_step_that_fails_is_the_cause(machines: Machines, clusters: Clusters) -> None:
    cluster = clusters.up()
    given = {"cluster": {"ClusterId": cluster}}
    ended = machines.run(chain(step=step("false")), allow("*"), given=given)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(ended["cause"])
    assert cause["Status"]["State"] == "FAILED"
    assert clusters.step(cluster, cause["Id"])["State"] == "FAILED"


def test_a_step_that_waits_is_cancelled_when_nobody_waits_for_it(
    machines: Machines, clusters: Clusters, tmp_path: Any
) -> None:
    cluster, gate = clusters.up(), tmp_path / "gate"
    first = clusters.add(cluster, *shell(f"until [ -e {gate} ]; do sleep 0.05; done"))
    clusters.step_until(cluster, first, "RUNNING")
    machine = machines.make(chain(step=step("true")), allow("*"))
    execution = machines.start(machine, {"cluster": {"ClusterId": cluster}})
    until(lambda: len(clusters.emr.list_steps(ClusterId=cluster)["Steps"]) == 2)
    second = clusters.emr.list_steps(ClusterId=cluster)["Steps"][0]["Id"]
    machines.states.stop_execution(executionArn=execution)
    clusters.step_until(cluster, second, "CANCELLED")
    gate.touch()
    clusters.step_until(cluster, first, "COMPLETED")


@pytest.mark.parametrize(
    ("action", "parameters", "named"),
    [
        ("createCluster", {"Name": "a", "Instances": {}}, "KeepJobFlowAliveWhenNoSteps"),
        ("createCluster", {"Name": "a", "Steps": []}, "'Steps' is not supported"),
        ("terminateCluster", {"JobFlowIds": ["j-1"]}, "'JobFlowIds' is not supported"),
        ("addStep", {"ClusterId": "j-1"}, "'Step' is required"),
        ("cancelStep", {"ClusterId": "j-1", "StepIds": ["s-1"]}, "'StepIds' is not supported"),
    ],
)
def test_the_fields_are_those_of_the_integration(
    machines: Machines, action: str, parameters: dict[str, Any], named: str
) -> None:
    ended = machines.run(one(task(f"elasticmapreduce:{action}", parameters)), allow("*"))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
    assert named in ended["cause"]
