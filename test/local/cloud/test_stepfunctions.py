"""Step Functions: definitions, rights, time limits, aborts, failures, history and logs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from running import ACCOUNT, REGION, Cloud, allow, unique, until
from test_auth import refused
from test_glue_crawlers import Curated

STATES = "states.amazonaws.com"

SDK = "arn:aws:states:::aws-sdk:"

LOGS = [
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
]


class Machines:
    """State machines with a role that may do what a test says."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.states = cloud.client("stepfunctions")

    def make(self, definition: Any, *rights: dict[str, Any], **more: Any) -> str:
        """Make one; its ARN."""
        text = definition if isinstance(definition, str) else json.dumps(definition)
        role = more.pop("roleArn", None) or self.cloud.role(STATES, list(rights))
        name = more.pop("name", None) or unique("machine")
        return self.states.create_state_machine(name=name, roleArn=role, definition=text, **more)[
            "stateMachineArn"
        ]

    def start(self, machine: str, given: Any = None, **more: Any) -> str:
        """Start an execution; its ARN."""
        return self.states.start_execution(
            stateMachineArn=machine, input=json.dumps({} if given is None else given), **more
        )["executionArn"]

    def end(self, execution: str, seconds: float = 30) -> dict[str, Any]:
        """An execution that has ended."""

        def ended() -> Any:
            described = self.states.describe_execution(executionArn=execution)
            return described["status"] != "RUNNING" and described

        return until(ended, seconds)

    def run(self, definition: Any, *rights: dict[str, Any], given: Any = None) -> dict[str, Any]:
        """Make one and run it to its end."""
        return self.end(self.start(self.make(definition, *rights), given))

    def output(self, definition: Any, *rights: dict[str, Any], given: Any = None) -> Any:
        """The output of one that succeeds."""
        ended = self.run(definition, *rights, given=given)
        assert ended["status"] == "SUCCEEDED", ended
        return json.loads(ended["output"])

    def events(self, execution: str) -> list[dict[str, Any]]:
        """The whole history."""
        pages = self.states.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event for page in pages for event in page["events"]]

    def entered(self, execution: str, state: str) -> None:
        """Wait until a state is entered."""
        until(
            lambda: [
                event
                for event in self.events(execution)
                if event.get("stateEnteredEventDetails", {}).get("name") == state
            ]
        )


@pytest.fixture(scope="module")
def machines(cloud: Cloud) -> Machines:
    return Machines(cloud)


def one(state: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A machine of one state."""
    return {"StartAt": "A", "States": {"A": {"End": True, **state}}, **more}


def call(action: str, parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A task that calls a service by its SDK."""
    return {"Type": "Task", "Resource": SDK + action, "Parameters": parameters, **more}


PASS: dict[str, Any] = {"Type": "Pass"}
TASK = call("glue:startCrawler", {"Name": "x"})


# Definitions.


@pytest.mark.parametrize(
    ("definition", "named"),
    [
        ("{", "INVALID_JSON"),
        ("[]", "object"),
        ({}, "States"),
        ({"States": {"A": {"Type": "Succeed"}}}, "StartAt"),
        ({"StartAt": "B", "States": {"A": {"Type": "Succeed"}}}, "B"),
        ({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}, "B"),
        ({"StartAt": "A", "States": {"A": PASS}}, "/States/A"),
        (one({"Type": "Pass", "Next": "A"}), "/States/A"),
        (one({"Type": "Nothing"}), "/States/A/Type"),
        (one({"Type": "Task"}), "Resource"),
        (one({"Type": "Task", "Resource": "glue"}), "glue"),
        (one({"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:glue:runAll"}), "runAll"),
        (one({"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:nothing:run"}), "nothing"),
        (one({"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.async"}), "async"),
        (one({"Type": "Task", "Resource": "arn:aws:states:::glue:getJob"}), "glue:getJob"),
        (one({"Type": "Task", "Resource": "arn:aws:states:::sns:publish.sync"}), "publish.sync"),
        (one({"Type": "Task", "Resource": "arn:aws:states:::nosuch:thing"}), "nosuch:thing"),
        (
            one({"Type": "Task", "Resource": "arn:aws:states:::elasticmapreduce:runJobFlow"}),
            "elasticmapreduce:runJobFlow",
        ),
        (one({**TASK, "TimeoutSeconds": 0}), "TimeoutSeconds"),
        (one({**TASK, "TimeoutSeconds": 5, "HeartbeatSeconds": 9}), "HeartbeatSeconds"),
        (one({**TASK, "Retries": []}), "Retries"),
        (one({**TASK, "Retry": [{"ErrorEquals": []}]}), "ErrorEquals"),
        (one({**TASK, "Retry": [{"ErrorEquals": ["E"], "BackoffRate": 0.5}]}), "BackoffRate"),
        (one({**TASK, "Retry": [{"ErrorEquals": ["E"], "JitterStrategy": "SOME"}]}), "FULL"),
        (
            one({**TASK, "Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["E"]}]}),
            "States.ALL",
        ),
        (one({**TASK, "Catch": [{"ErrorEquals": ["E"]}]}), "Next"),
        (one({**TASK, "Catch": [{"ErrorEquals": ["E"], "Next": "B"}]}), "B"),
        (one({**TASK, "InputPath": "x"}), "InputPath"),
        (one({**TASK, "Parameters": {"Name.$": "x"}}), "Name.$"),
        (one({**TASK, "Arguments": {}}), "Arguments"),
        (one({**TASK, "QueryLanguage": "JSONata"}), "Parameters"),
        (one({"Type": "Wait"}), "Seconds"),
        (one({"Type": "Wait", "Seconds": 1, "Timestamp": "2026-11-23T00:00:00Z"}), "Timestamp"),
        (one({"Type": "Parallel", "Branches": []}), "Branches"),
        (one({"Type": "Parallel", "Branches": [one(PASS)]}), "A"),
        (one({"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"C": PASS}}]}), "B"),
        ({"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": []}}}, "Choices"),
        (
            {
                "StartAt": "A",
                "States": {
                    "A": {
                        "Type": "Choice",
                        "Choices": [{"Variable": "$.a", "StringIs": "b", "Next": "B"}],
                    },
                    "B": {"Type": "Succeed"},
                },
            },
            "StringIs",
        ),
        (
            {"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "B": {"Type": "Succeed"}}},
            "not reachable",
        ),
        (one(PASS, TimeoutSeconds="9"), "TimeoutSeconds"),
        (one(PASS, Timeout=9), "Timeout"),
        (one({"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "End": 1}), ""),
    ],
)
def test_a_wrong_definition_is_refused(machines: Machines, definition: Any, named: str) -> None:
    code, message = refused(machines.make, definition=definition)
    assert code == "InvalidDefinition" and named in message
    machine = machines.make(one(PASS))
    text = definition if isinstance(definition, str) else json.dumps(definition)
    update = machines.states.update_state_machine
    assert refused(update, stateMachineArn=machine, definition=text)[0] == "InvalidDefinition"
    kept = machines.states.describe_state_machine(stateMachineArn=machine)["definition"]
    assert json.loads(kept) == one(PASS)
    checked = machines.states.validate_state_machine_definition(definition=text)
    assert checked["result"] == "FAIL" and checked["diagnostics"][0]["severity"] == "ERROR"


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::ecs:runTask.sync",
        "arn:aws:states:::batch:submitJob.sync",
        "arn:aws:states:::elasticmapreduce:modifyInstanceFleetByName",
        "arn:aws:states:::lambda:invoke",
        "arn:aws:states:::aws-sdk:sagemaker:describeApp",
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:mine",
    ],
)
def test_an_integration_that_is_not_here_is_said_at_once(machines: Machines, resource: str) -> None:
    definition = one({"Type": "Task", "Resource": resource})
    checked = machines.states.validate_state_machine_definition(definition=json.dumps(definition))
    assert checked["result"] == "OK"
    code, message = refused(machines.make, definition=definition)
    assert code == "InvalidDefinition"
    assert resource in message and "local cloud" in message


# Rights.


def test_the_role_is_passed_and_trusted(machines: Machines) -> None:
    cloud, service = machines.cloud, "airflow-env.amazonaws.com"
    untrusting = cloud.role("glue.amazonaws.com")
    code, message = refused(machines.make, definition=one(PASS), roleArn=untrusting)
    assert code == "AccessDeniedException" and "assume" in message and untrusting in message
    name = unique("machine")
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"
    condition = {
        "ArnEquals": {"aws:SourceArn": arn},
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
    }
    own = cloud.role(STATES, condition=condition)
    assert refused(machines.make, definition=one(PASS), roleArn=own)[0] == "AccessDeniedException"
    machine = machines.make(one(PASS), name=name, roleArn=own)
    assert machines.end(machines.start(machine))["status"] == "SUCCEEDED"

    maker = cloud.role(service, [allow("states:*")])
    client = cloud.client("stepfunctions", cloud.as_role(maker, service))
    create = {"name": unique("machine"), "definition": json.dumps(one(PASS)), "roleArn": own}
    code, message = refused(client.create_state_machine, **create)
    assert code == "AccessDeniedException" and "iam:PassRole" in message
    other = cloud.role(STATES)
    code, message = refused(client.update_state_machine, stateMachineArn=machine, roleArn=other)
    assert code == "AccessDeniedException" and "iam:PassRole" in message


def test_callers_have_rights_on_machines_and_executions(machines: Machines) -> None:
    mine, other = machines.make(one(PASS)), machines.make(one(PASS))
    service = "airflow-env.amazonaws.com"
    name = mine.rsplit(":", 1)[-1]
    role = machines.cloud.role(
        service,
        [
            allow("states:StartExecution", mine),
            allow(
                ["states:DescribeExecution", "states:StopExecution"],
                f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{name}:*",
            ),
        ],
    )
    keys = machines.cloud.as_role(role, service)
    client = machines.cloud.client("stepfunctions", keys)
    execution = client.start_execution(stateMachineArn=mine)["executionArn"]
    assert client.describe_execution(executionArn=execution)["name"]
    code, message = refused(client.start_execution, stateMachineArn=other)
    assert code == "AccessDeniedException" and other in message
    foreign = machines.start(other)
    for denied in (client.describe_execution, client.stop_execution):
        assert refused(denied, executionArn=foreign)[0] == "AccessDeniedException"
    assert refused(client.list_state_machines)[0] == "AccessDeniedException"


def test_a_call_has_the_rights_of_the_machines_role(machines: Machines) -> None:
    ssm, name = machines.cloud.client("ssm"), f"/{unique('states')}/a"
    ssm.put_parameter(Name=name, Value="found", Type="String")
    definition = one(call("ssm:getParameter", {"Name": name}))
    right = allow("ssm:GetParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{name}")
    answer = machines.output(definition, right)
    assert answer["Parameter"]["Value"] == "found"
    assert answer["Parameter"]["LastModifiedDate"].endswith("Z")
    assert "ResponseMetadata" not in answer
    ended = machines.run(definition, allow("ssm:GetParameter", "arn:aws:ssm:*:*:parameter/other"))
    assert ended["status"] == "FAILED" and "output" not in ended
    assert ended["error"] == "Ssm.AccessDeniedException"
    assert (
        "not authorized to perform: ssm:GetParameter" in ended["cause"] and name in ended["cause"]
    )


def test_a_role_that_is_lost_fails_the_call(machines: Machines) -> None:
    role = machines.cloud.role(STATES, [allow("glue:*")])
    machine = machines.make(one(TASK), roleArn=role)
    iam, name = machines.cloud.client("iam"), role.rsplit("/", 1)[-1]
    iam.delete_role_policy(RoleName=name, PolicyName="rights")
    iam.delete_role(RoleName=name)
    ended = machines.end(machines.start(machine))
    assert ended["status"] == "FAILED" and name in ended["cause"]
    assert ended["error"] in ("States.Permissions", "Glue.AccessDeniedException")


def test_trust_that_is_taken_away_fails_the_next_execution(machines: Machines) -> None:
    role = machines.cloud.role(STATES, [allow("glue:GetCrawlers")])
    machine = machines.make(one(call("glue:getCrawlers", {})), roleArn=role)
    assert machines.end(machines.start(machine))["status"] == "SUCCEEDED"
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    machines.cloud.client("iam").update_assume_role_policy(
        RoleName=role.rsplit("/", 1)[-1],
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    ended = machines.end(machines.start(machine))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Permissions")
    assert STATES in ended["cause"] and role in ended["cause"]


def test_an_error_has_its_services_name(machines: Machines) -> None:
    right = allow("*")
    ended = machines.run(one(call("glue:startCrawler", {"Name": "missing"})), right)
    assert ended["error"] == "Glue.EntityNotFoundException"
    assert "missing" in ended["cause"] and "Service: Glue" in ended["cause"]
    ended = machines.run(one(call("s3:getObject", {"Bucket": "no-such", "Key": "k"})), right)
    assert ended["error"] == "S3.NoSuchBucketException"
    optimized = {"Resource": "arn:aws:states:::glue:startJobRun", "Parameters": {"JobName": "none"}}
    ended = machines.run(one({"Type": "Task", **optimized}), right)
    assert ended["error"] == "Glue.EntityNotFoundException"
    assert "Error Code: EntityNotFoundException" in ended["cause"]
    ended = machines.run(one(call("glue:startCrawler", {"Nam": "x"})), right)
    assert ended["error"] == "States.Runtime" and "Nam" in ended["cause"]


# States.


def test_data_goes_from_state_to_state(machines: Machines) -> None:
    definition = {
        "StartAt": "First",
        "States": {
            "First": {
                "Type": "Pass",
                "Parameters": {
                    "name.$": "$.film",
                    "who.$": "$$.Execution.Name",
                    "key.$": "States.Format('{}-{}', $.film, $.year)",
                },
                "ResultPath": "$.made",
                "Next": "Which",
            },
            "Which": {
                "Type": "Choice",
                "Choices": [
                    {
                        "And": [
                            {"Variable": "$.year", "NumericGreaterThan": 1990},
                            {"Not": {"Variable": "$.lost", "IsPresent": True}},
                        ],
                        "Next": "New",
                    }
                ],
                "Default": "Old",
            },
            "New": {"Type": "Pass", "Result": "new", "ResultPath": "$.age", "Next": "Done"},
            "Old": {"Type": "Pass", "Result": "old", "ResultPath": "$.age", "Next": "Done"},
            "Done": {"Type": "Succeed", "OutputPath": "$"},
        },
    }
    machine = machines.make(definition)
    execution = machines.start(machine, {"film": "Léon", "year": 1994}, name="first")
    output = json.loads(machines.end(execution)["output"])
    assert output["age"] == "new"
    assert output["made"] == {"name": "Léon", "who": "first", "key": "Léon-1994"}
    assert machines.output(definition, given={"film": "M", "year": 1931})["age"] == "old"


def test_jsonata(machines: Machines) -> None:
    ssm, name = machines.cloud.client("ssm"), f"/{unique('states')}/a"
    ssm.put_parameter(Name=name, Value="7", Type="String")
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "Both",
        "States": {
            "Both": {
                "Type": "Parallel",
                "Branches": [
                    {
                        "StartAt": f"Read {number}",
                        "States": {
                            f"Read {number}": {
                                "Type": "Task",
                                "Resource": f"{SDK}ssm:getParameter",
                                "Arguments": {"Name": "{% $states.input.name %}"},
                                "Output": "{% $number($states.result.Parameter.Value) %}",
                                "End": True,
                            }
                        },
                    }
                    for number in (1, 2)
                ],
                "Output": "{% $sum($states.result) %}",
                "Next": "Done",
            },
            "Done": {"Type": "Succeed", "Output": {"sum": "{% $states.input %}"}},
        },
    }
    output = machines.output(definition, allow("ssm:GetParameter"), given={"name": name})
    assert output == {"sum": 14}


def test_a_map_runs_its_items_as_the_role(machines: Machines) -> None:
    definition = one(
        {
            "Type": "Map",
            "ItemsPath": "$.names",
            "ItemProcessor": {
                "StartAt": "Put",
                "States": {
                    "Put": {
                        **call(
                            "ssm:putParameter",
                            {"Name.$": "$", "Value": "x", "Type": "String"},
                        ),
                        "End": True,
                    }
                },
            },
        }
    )
    prefix = f"/{unique('map')}"
    names = [f"{prefix}/{number}" for number in range(5)]
    right = allow("ssm:PutParameter", f"arn:aws:ssm:*:*:parameter{prefix}/*")
    assert len(machines.output(definition, right, given={"names": names})) == 5
    found = machines.cloud.client("ssm").get_parameters_by_path(Path=prefix)["Parameters"]
    assert sorted(parameter["Name"] for parameter in found) == names
    others = [f"{name}x" for name in names]
    ended = machines.run(definition, right, given={"names": [*others, "/elsewhere/a"]})
    assert ended["status"] == "FAILED" and "/elsewhere/a" in ended["cause"]


#: What the items of a Map are given and give back.
ECHO = {"StartAt": "Echo", "States": {"Echo": {"Type": "Pass", "End": True}}}


@pytest.mark.parametrize("at_once", [0, 1, 2])
def test_items_of_a_map_are_selected_and_keep_their_order(machines: Machines, at_once: int) -> None:
    definition = one(
        {
            "Type": "Map",
            "InputPath": "$.given",
            "ItemsPath": "$.items",
            "ItemSelector": {
                "index.$": "$$.Map.Item.Index",
                "value.$": "$$.Map.Item.Value",
                "factor.$": "$.factor",
            },
            "MaxConcurrency": at_once,
            "ItemProcessor": ECHO,
            "ResultSelector": {"values.$": "$[*].value", "first.$": "$[0]"},
            "ResultPath": "$.made",
            "OutputPath": "$.made",
        }
    )
    given = {"given": {"items": ["a", "b", "c"], "factor": 7}}
    assert machines.output(definition, given=given) == {
        "values": ["a", "b", "c"],
        "first": {"index": 0, "value": "a", "factor": 7},
    }


def test_a_map_with_jsonata(machines: Machines) -> None:
    definition = one(
        {
            "Type": "Map",
            "Items": "{% $states.input.items %}",
            "ItemSelector": {"double": "{% $states.context.Map.Item.Value * 2 %}"},
            "ItemProcessor": ECHO,
            "Output": "{% $sum($states.result.double) %}",
        },
        QueryLanguage="JSONata",
    )
    assert machines.output(definition, given={"items": [1, 2, 3]}) == 12
    ended = machines.run(definition, given={"items": "none"})
    assert ended["error"] == "States.QueryEvaluationError"


def test_what_fails_in_an_item_is_caught(machines: Machines) -> None:
    fail = {"StartAt": "Fail", "States": {"Fail": {"Type": "Fail", "Error": "Own", "Cause": "c"}}}
    definition = {
        "StartAt": "Map",
        "States": {
            "Map": {
                "Type": "Map",
                "ItemProcessor": fail,
                "Catch": [{"ErrorEquals": ["Own"], "Next": "Caught"}],
                "End": True,
            },
            "Caught": {"Type": "Pass", "End": True},
        },
    }
    assert machines.output(definition, given=[1, 2]) == {"Error": "Own", "Cause": "c"}


def test_retry_and_catch(machines: Machines) -> None:
    task = call(
        "glue:startCrawler",
        {"Name": "missing"},
        Retry=[
            {"ErrorEquals": ["Glue.Other"], "MaxAttempts": 9},
            {
                "ErrorEquals": ["Glue.EntityNotFoundException"],
                "IntervalSeconds": 1,
                "MaxAttempts": 2,
                "BackoffRate": 1,
                "JitterStrategy": "FULL",
            },
        ],
        Catch=[
            {"ErrorEquals": ["States.Timeout"], "Next": "Never"},
            {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Error"},
        ],
        Next="Never",
    )
    definition = {
        "StartAt": "A",
        "States": {
            "A": task,
            "Never": {"Type": "Succeed"},
            "Error": {"Type": "Pass", "OutputPath": "$.error", "Next": "Failed"},
            "Failed": {"Type": "Fail", "ErrorPath": "$.Error", "CausePath": "$.Cause"},
        },
    }
    execution = machines.start(machines.make(definition, allow("glue:StartCrawler")))
    ended = machines.end(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "Glue.EntityNotFoundException")
    assert "missing" in ended["cause"]
    kinds = [event["type"] for event in machines.events(execution)]
    assert kinds.count("TaskFailed") == 3
    assert kinds[0] == "ExecutionStarted" and kinds[-1] == "ExecutionFailed"


def test_a_branch_that_fails_ends_the_others(machines: Machines) -> None:
    definition = one(
        {
            "Type": "Parallel",
            "Branches": [
                {
                    "StartAt": "Long",
                    "States": {"Long": {"Type": "Wait", "Seconds": 600, "End": True}},
                },
                {
                    "StartAt": "Short",
                    "States": {"Short": {"Type": "Fail", "Error": "Short", "Cause": "of it"}},
                },
            ],
        }
    )
    execution = machines.start(machines.make(definition))
    ended = machines.end(execution)
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "Short", "of it")
    kinds = [event["type"] for event in machines.events(execution)]
    assert "WaitStateAborted" in kinds and "ParallelStateFailed" in kinds
    assert "WaitStateExited" not in kinds


def test_a_runtime_error_is_caught_by_its_name_alone(machines: Machines) -> None:
    states = {
        "A": {
            **call("glue:startCrawler", {"Nam": "x"}),
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}],
            "End": True,
        },
        "B": {"Type": "Succeed"},
    }
    ended = machines.run({"StartAt": "A", "States": states}, allow("glue:*"))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")


def test_a_path_that_leads_nowhere_is_an_error(machines: Machines) -> None:
    for state in (
        {"Type": "Pass", "Parameters": {"a.$": "$.none"}},
        {"Type": "Pass", "InputPath": "$.none.deeper"},
        {"Type": "Wait", "SecondsPath": "$.none"},
        call("ssm:getParameter", {"Name.$": "$.none"}),
    ):
        ended = machines.run(one(state), given={"null": None, "list": []})
        assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
        assert "$.none" in ended["cause"]
    passes = one({"Type": "Pass", "Parameters": {"a.$": "$.null", "b.$": "$.list[*].c"}})
    assert machines.output(passes, given={"null": None, "list": []}) == {"a": None, "b": []}


@pytest.mark.parametrize(
    ("path", "present"), [("$.a", True), ("$.null", True), ("$.none", False), ("$.a.b", False)]
)
def test_what_is_present(machines: Machines, path: str, present: bool) -> None:
    definition = {
        "StartAt": "A",
        "States": {
            "A": {
                "Type": "Choice",
                "Choices": [{"Variable": path, "IsPresent": True, "Next": "Yes"}],
                "Default": "No",
            },
            "Yes": {"Type": "Pass", "Result": True, "End": True},
            "No": {"Type": "Pass", "Result": False, "End": True},
        },
    }
    assert machines.output(definition, given={"a": 1, "null": None}) is present


#: Rules of a Choice about GIVEN, and whether they hold by the States Language's specification.
GIVEN = {
    "text": "abc",
    "later": "abd",
    "number": 2,
    "true": True,
    "false": False,
    "null": None,
    "time": "2026-01-01T01:00:00+01:00",
    "same": "2026-01-01T00:00:00Z",
    "after": "2026-01-01T00:30:00Z",
}
RULES: list[tuple[str, str, Any, bool]] = [
    ("text", "StringEquals", "abc", True),
    ("text", "StringEqualsPath", "$.later", False),
    ("text", "StringLessThan", "abd", True),
    ("text", "StringLessThanPath", "$.later", True),
    ("later", "StringGreaterThanEqualsPath", "$.text", True),
    ("number", "StringEquals", "2", False),
    ("text", "StringMatches", "a*c", True),
    ("text", "StringMatches", "a*", True),
    ("text", "StringMatches", "b*", False),
    ("text", "StringMatches", "a.c", False),
    ("number", "NumericEquals", 2, True),
    ("number", "NumericEquals", 2.0, True),
    ("number", "NumericLessThanEqualsPath", "$.number", True),
    ("number", "NumericGreaterThan", 2, False),
    ("text", "NumericLessThan", 3, False),
    ("true", "NumericEquals", 1, False),
    ("true", "BooleanEquals", True, True),
    ("true", "BooleanEqualsPath", "$.false", False),
    ("number", "BooleanEquals", True, False),
    ("time", "TimestampEquals", "2026-01-01T00:00:00Z", True),
    ("time", "TimestampEqualsPath", "$.same", True),
    ("time", "TimestampLessThanPath", "$.after", True),
    ("text", "TimestampLessThan", "2026-01-01T00:00:00Z", False),
    ("null", "IsNull", True, True),
    ("text", "IsNull", False, True),
    ("number", "IsNumeric", True, True),
    ("true", "IsNumeric", True, False),
    ("text", "IsString", True, True),
    ("false", "IsBoolean", True, True),
    ("same", "IsTimestamp", True, True),
    ("text", "IsTimestamp", True, False),
]


def test_rules_of_a_choice(machines: Machines) -> None:
    branches = [
        {
            "StartAt": f"Choice {number}",
            "States": {
                f"Choice {number}": {
                    "Type": "Choice",
                    "Choices": [{"Variable": f"$.{member}", test: wanted, "Next": f"Yes {number}"}],
                    "Default": f"No {number}",
                },
                f"Yes {number}": {"Type": "Pass", "Result": True, "End": True},
                f"No {number}": {"Type": "Pass", "Result": False, "End": True},
            },
        }
        for number, (member, test, wanted, _) in enumerate(RULES)
    ]
    found = machines.output(one({"Type": "Parallel", "Branches": branches}), given=GIVEN)
    told = [(*rule[:3], held) for rule, held in zip(RULES, found, strict=True)]
    assert told == RULES


def test_output_has_a_limit(machines: Machines) -> None:
    definition = one({"Type": "Pass", "Parameters": {"a.$": "$.text", "b.$": "$.text"}})
    ended = machines.run(definition, given={"text": "x" * 140_000})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.DataLimitExceeded")


# Ends.


def test_a_machines_time_limit(machines: Machines) -> None:
    definition = one({"Type": "Wait", "Seconds": 600}, TimeoutSeconds=1)
    execution = machines.start(machines.make(definition))
    ended = machines.end(execution)
    assert ended["status"] == "TIMED_OUT" and "output" not in ended
    assert machines.events(execution)[-1]["type"] == "ExecutionTimedOut"


def test_a_tasks_time_limit(machines: Machines) -> None:
    activity = machines.states.create_activity(name=unique("activity"))["activityArn"]
    definition = one({"Type": "Task", "Resource": activity, "TimeoutSeconds": 1})
    execution = machines.start(machines.make(definition))
    ended = machines.end(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")
    assert "TaskTimedOut" in [event["type"] for event in machines.events(execution)]


def test_stopping(machines: Machines) -> None:
    machine = machines.make(one({"Type": "Wait", "Seconds": 600}))
    execution = machines.start(machine)
    machines.entered(execution, "A")
    machines.states.stop_execution(executionArn=execution, error="Killed", cause="by a test")
    ended = machines.end(execution)
    assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "Killed", "by a test")
    kinds = [event["type"] for event in machines.events(execution)]
    assert kinds == ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]
    # A second time is no error.
    assert machines.states.stop_execution(executionArn=execution)["stopDate"] == ended["stopDate"]


def test_a_deletion_waits_for_the_state_that_runs(machines: Machines) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html"""
    name, sqs = unique("machine"), machines.cloud.client("sqs")
    queue = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    # It runs until the test has asked all that it has to.
    waits = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody.$": "$$.Task.Token"},
        "Next": "B",
    }
    definition = {"StartAt": "A", "States": {"A": waits, "B": {"Type": "Pass", "End": True}}}
    machine = machines.make(definition, allow("sqs:SendMessage"), name=name)
    states = machines.states
    machines.start(machine)
    token = until(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))[0]["Body"]
    states.delete_state_machine(stateMachineArn=machine)
    assert states.describe_state_machine(stateMachineArn=machine)["status"] == "DELETING"
    for call in (
        lambda: machines.start(machine),
        lambda: machines.make(definition, name=name),
        lambda: states.update_state_machine(
            stateMachineArn=machine, definition=json.dumps(definition)
        ),
    ):
        assert refused(call)[0] == "StateMachineDeleting"
    states.send_task_success(taskToken=token, output="{}")
    until(lambda: machine not in str(states.list_state_machines()["stateMachines"]))
    code, _ = refused(states.describe_state_machine, stateMachineArn=machine)
    assert code == "StateMachineDoesNotExist"
    # What is not there is deleted without a word.
    states.delete_state_machine(stateMachineArn=machine)


def test_a_task_token(machines: Machines) -> None:
    sqs = machines.cloud.client("sqs")
    queue = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    definition = one(
        {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}},
        }
    )
    execution = machines.start(machines.make(definition, allow("sqs:SendMessage")))
    message = until(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))[0]
    token = json.loads(message["Body"])["token"]
    machines.states.send_task_success(taskToken=token, output='{"answer": 42}')
    assert json.loads(machines.end(execution)["output"]) == {"answer": 42}
    denied = machines.run(definition)
    assert denied["status"] == "FAILED" and "sqs:sendmessage" in denied["cause"].lower()


def test_the_same_start_again_is_no_second_execution(machines: Machines) -> None:
    machine = machines.make(one({"Type": "Wait", "Seconds": 600}))
    first = machines.states.start_execution(stateMachineArn=machine, name="run", input='{"a": 1}')
    again = machines.states.start_execution(stateMachineArn=machine, name="run", input='{"a": 1}')
    assert again["executionArn"] == first["executionArn"]
    assert again["startDate"] == first["startDate"]
    start = machines.states.start_execution
    code, _ = refused(start, stateMachineArn=machine, name="run", input='{"a": 2}')
    assert code == "ExecutionAlreadyExists"
    machines.states.stop_execution(executionArn=first["executionArn"])
    code, _ = refused(start, stateMachineArn=machine, name="run", input='{"a": 1}')
    assert code == "ExecutionAlreadyExists"
    listed = machines.states.list_executions(stateMachineArn=machine)["executions"]
    assert len(listed) == 1
    code, _ = refused(start, stateMachineArn=machine, input="{")
    assert code == "InvalidExecutionInput"


@pytest.mark.parametrize("name", ["manual__2026-11-23T10:00:00", "a b", "a/b", "x" * 81])
def test_a_name_that_is_none(machines: Machines, name: str) -> None:
    machine = machines.make(one(PASS))
    start = machines.states.start_execution
    code, message = refused(start, stateMachineArn=machine, name=name)
    assert code in ("InvalidName", "ValidationException") and name in message
    code, _ = refused(machines.make, definition=one(PASS), name=name)
    assert code in ("InvalidName", "ValidationException")


def test_an_update_leaves_what_runs_as_it_is(machines: Machines) -> None:
    machine = machines.make(
        {
            "StartAt": "A",
            "States": {
                "A": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "B"},
                "B": {"Type": "Pass", "Result": "old", "End": True},
            },
        }
    )
    execution = machines.start(machine, {"seconds": 1})
    machines.entered(execution, "A")
    machines.states.update_state_machine(
        stateMachineArn=machine, definition=json.dumps(one({"Type": "Pass", "Result": "new"}))
    )
    assert json.loads(machines.end(execution)["output"]) == "old"
    assert json.loads(machines.end(machines.start(machine))["output"]) == "new"


def test_what_runs_at_a_kill_has_failed(fresh: Cloud) -> None:
    fresh.start()
    machines = Machines(fresh)
    machine = machines.make(one({"Type": "Wait", "Seconds": 600}))
    execution = machines.start(machine, name="run")
    machines.entered(execution, "A")
    done = machines.start(machine := machines.make(one(PASS)), name="done")
    assert machines.end(done)["status"] == "SUCCEEDED"
    fresh.saved()
    fresh.kill()
    fresh.start()
    ended = machines.end(execution)
    assert ended["status"] == "FAILED" and "restarted" in ended["cause"]
    assert machines.events(execution)[-1]["type"] == "ExecutionFailed"
    assert machines.end(done)["status"] == "SUCCEEDED"
    assert machines.end(machines.start(machine))["status"] == "SUCCEEDED"


def test_the_oldest_executions_are_forgotten(machines: Machines) -> None:
    machine = machines.make(one(PASS))
    executions = [machines.start(machine) for _ in range(130)]
    for execution in executions[-20:]:
        machines.end(execution)
    until(
        lambda: (
            not machines.states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")[
                "executions"
            ]
        )
    )
    last = machines.start(machine)
    machines.end(last)
    listed = machines.states.list_executions(stateMachineArn=machine)["executions"]
    assert len(listed) == 100
    assert {last, executions[-1]} <= {execution["executionArn"] for execution in listed}


# History and logs.


def test_history(machines: Machines) -> None:
    execution = machines.start(
        machines.make(one(call("glue:getCrawlers", {})), allow("glue:GetCrawlers"))
    )
    assert machines.end(execution)["status"] == "SUCCEEDED"
    events = machines.events(execution)
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert [event["id"] for event in events] == list(range(1, 8))
    assert [event.get("previousEventId", 0) for event in events] == list(range(7))
    scheduled = events[2]["taskScheduledEventDetails"]
    assert scheduled["resourceType"] == "aws-sdk:glue" and scheduled["resource"] == "getCrawlers"


def logging(group: str, **more: Any) -> dict[str, Any]:
    """A machine's logging configuration."""
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*"
    return {
        "level": "ALL",
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}],
        **more,
    }


def logged(cloud: Cloud, group: str) -> list[dict[str, Any]]:
    """What a log group has, of all streams."""
    events = cloud.client("logs").filter_log_events(logGroupName=group)["events"]
    return sorted((json.loads(e["message"]) for e in events), key=lambda e: int(e["id"]))


@pytest.mark.parametrize("data", [True, False])
def test_events_are_logged(machines: Machines, data: bool) -> None:
    group = f"/aws/vendedlogs/states/{unique('group')}"
    machines.cloud.client("logs").create_log_group(logGroupName=group)
    machine = machines.make(
        one(PASS),
        allow(LOGS),
        loggingConfiguration=logging(group, includeExecutionData=data),
        tracingConfiguration={"enabled": True},
    )
    described = machines.states.describe_state_machine(stateMachineArn=machine)
    assert described["tracingConfiguration"] == {"enabled": True}
    assert described["loggingConfiguration"]["level"] == "ALL"
    execution = machines.start(machine, {"secret": "told"})
    assert machines.end(execution)["status"] == "SUCCEEDED"
    until(lambda: len(logged(machines.cloud, group)) == 4)
    events = logged(machines.cloud, group)
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    assert {event["execution_arn"] for event in events} == {execution}
    assert ("told" in json.dumps(events)) is data


def test_only_failures_are_logged(machines: Machines) -> None:
    group = f"/aws/vendedlogs/states/{unique('group')}"
    machines.cloud.client("logs").create_log_group(logGroupName=group)
    machine = machines.make(
        {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "E"}}},
        allow(LOGS),
        loggingConfiguration=logging(group, level="ERROR"),
    )
    machines.end(machines.start(machine))
    until(lambda: logged(machines.cloud, group))
    assert [event["type"] for event in logged(machines.cloud, group)] == ["ExecutionFailed"]


def test_logging_needs_a_group_and_rights(machines: Machines) -> None:
    group = f"/aws/vendedlogs/states/{unique('group')}"
    configuration = {"loggingConfiguration": logging(group)}
    code, message = refused(machines.make, definition=one(PASS), **configuration)
    assert code == "InvalidLoggingConfiguration" and group in message
    machines.cloud.client("logs").create_log_group(logGroupName=group)
    code, message = refused(machines.make, definition=one(PASS), **configuration)
    assert code == "AccessDeniedException" and "Log Destination" in message


# Crawlers, as the pipeline runs them.


def crawl(*crawlers: str) -> dict[str, Any]:
    """Start crawlers at once, tolerate those that run, wait until each is ready."""

    def branch(name: str) -> dict[str, Any]:
        return {
            "StartAt": f"Start {name}",
            "States": {
                f"Start {name}": call(
                    "glue:startCrawler",
                    {"Name": name},
                    Catch=[
                        {
                            "ErrorEquals": ["Glue.CrawlerRunningException"],
                            "Next": f"Wait for {name}",
                        }
                    ],
                    Next=f"Wait for {name}",
                ),
                f"Wait for {name}": {"Type": "Wait", "Seconds": 1, "Next": f"Get {name}"},
                f"Get {name}": call("glue:getCrawler", {"Name": name}, Next=f"Is {name} ready?"),
                f"Is {name} ready?": {
                    "Type": "Choice",
                    "Choices": [
                        {
                            "Not": {"Variable": "$.Crawler.State", "StringEquals": "READY"},
                            "Next": f"Wait for {name}",
                        },
                        {
                            "Variable": "$.Crawler.LastCrawl.Status",
                            "StringEquals": "SUCCEEDED",
                            "Next": f"{name} is done",
                        },
                    ],
                    "Default": f"{name} failed",
                },
                f"{name} failed": {
                    "Type": "Fail",
                    "Error": "CrawlerFailed",
                    "CausePath": "$.Crawler.LastCrawl.ErrorMessage",
                },
                f"{name} is done": {"Type": "Succeed"},
            },
        }

    return one({"Type": "Parallel", "Branches": [branch(name) for name in crawlers]})


def crawlers_rights(*crawlers: str) -> dict[str, Any]:
    """What a machine of `crawl` needs."""
    arns = [f"arn:aws:glue:{REGION}:{ACCOUNT}:crawler/{name}" for name in crawlers]
    return allow(["glue:StartCrawler", "glue:GetCrawler"], arns)


def test_crawlers_run_to_their_end(machines: Machines, tmp_path: Path) -> None:
    curated = Curated(machines.cloud, tmp_path)
    curated.parquet("curated/most_popular_movies/a.parquet", "SELECT 1 AS movieid")
    curated.parquet("curated/top_rated_movies/a.parquet", "SELECT 0.5::DOUBLE AS mean_rating")
    names = [curated.crawler(f"curated/{t}_movies/") for t in ("most_popular", "top_rated")]
    curated.glue.start_crawler(Name=names[0])
    output = machines.output(crawl(*names), crawlers_rights(*names))
    assert [branch["Crawler"]["LastCrawl"]["Status"] for branch in output] == ["SUCCEEDED"] * 2
    assert curated.tables() == ["most_popular_movies", "top_rated_movies"]

    curated.cloud.client("s3").put_object(
        Bucket=curated.bucket, Key="curated/top_rated_movies/b.csv", Body=b"not Parquet at all"
    )
    ended = machines.run(crawl(*names), crawlers_rights(*names))
    assert (ended["status"], ended["error"]) == ("FAILED", "CrawlerFailed")
    assert "b.csv" in ended["cause"]
    ended = machines.run(crawl(*names), crawlers_rights(names[0]))
    assert ended["error"] == "Glue.AccessDeniedException" and names[1] in ended["cause"]
