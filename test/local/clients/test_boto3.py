"""boto3's paginators and waiters, and the AWS CLI."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from conftest import Account
from running import unique

#: A machine that gives seven.
MACHINE = {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "Result": 7, "End": True}}}


def paged(service: str, operation: str, key: str, **given: Any) -> list[Any]:
    pages = boto3.client(service).get_paginator(operation).paginate(**given)
    return [one for page in pages for one in page.get(key, [])]


def test_objects_come_in_pages(account: Account) -> None:
    s3 = boto3.client("s3")
    for number in range(7):
        s3.put_object(Bucket=account.bucket, Key=f"pages/{number}", Body=b"x")
    given = {"Bucket": account.bucket, "Prefix": "pages/", "PaginationConfig": {"PageSize": 3}}
    assert len(paged("s3", "list_objects_v2", "Contents", **given)) == 7
    assert len(paged("s3", "list_objects", "Contents", **given)) == 7


def test_waiters_of_objects_and_buckets(account: Account) -> None:
    s3, own = boto3.client("s3"), {"Bucket": account.bucket, "Key": "waited"}
    quick = {"WaiterConfig": {"Delay": 1, "MaxAttempts": 2}}
    s3.get_waiter("bucket_exists").wait(Bucket=account.bucket, **quick)
    s3.get_waiter("object_not_exists").wait(**own, **quick)
    s3.put_object(**own, Body=b"x")
    s3.get_waiter("object_exists").wait(**own, **quick)


def test_a_multipart_upload_and_a_copy(account: Account, tmp_path: Path) -> None:
    s3, file = boto3.client("s3"), tmp_path / "large"
    file.write_bytes(os.urandom(9 * 1024 * 1024))
    s3.upload_file(str(file), account.bucket, "large")
    s3.copy({"Bucket": account.bucket, "Key": "large"}, account.bucket, "copied")
    s3.download_file(account.bucket, "copied", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == file.read_bytes()
    part = s3.get_object(Bucket=account.bucket, Key="large", Range="bytes=5-9")["Body"].read()
    assert part == file.read_bytes()[5:10]


def test_a_message_is_published_and_received(account: Account) -> None:
    sqs, sns = boto3.client("sqs"), boto3.client("sns")
    queue = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn["QueueArn"],
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
    sns.publish(TopicArn=topic, Message="hello", Subject="of tests")
    (found,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    assert json.loads(found["Body"])["Message"] == "hello"
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=found["ReceiptHandle"])
    sqs.send_message(QueueUrl=queue, MessageBody="own")
    (found,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    assert found["Body"] == "own"
    sqs.delete_queue(QueueUrl=queue)
    sns.delete_topic(TopicArn=topic)


def test_a_table_of_dynamodb(account: Account) -> None:
    dynamodb, name = boto3.client("dynamodb"), unique("table")
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    quick = {"WaiterConfig": {"Delay": 1, "MaxAttempts": 10}}
    dynamodb.get_waiter("table_exists").wait(TableName=name, **quick)
    table = boto3.resource("dynamodb").Table(name)
    with table.batch_writer() as batch:
        for number in range(5):
            batch.put_item(Item={"id": str(number), "n": number})
    assert table.get_item(Key={"id": "3"})["Item"]["n"] == 3
    assert len(paged("dynamodb", "scan", "Items", TableName=name, Limit=2)) == 5
    table.update_item(
        Key={"id": "3"},
        UpdateExpression="SET n = n + :one",
        ExpressionAttributeValues={":one": 1},
    )
    assert table.get_item(Key={"id": "3"})["Item"]["n"] == 4
    dynamodb.delete_table(TableName=name)
    dynamodb.get_waiter("table_not_exists").wait(TableName=name, **quick)


def test_a_secret_and_parameters(account: Account) -> None:
    secrets, ssm = boto3.client("secretsmanager"), boto3.client("ssm")
    name = unique("secret")
    secrets.create_secret(Name=name, SecretString="s")
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "s"
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    for number in range(12):
        ssm.put_parameter(Name=f"/{name}/{number}", Value="v", Type="String")
    assert len(paged("ssm", "get_parameters_by_path", "Parameters", Path=f"/{name}")) == 12


def test_a_machine_runs(account: Account) -> None:
    states = boto3.client("stepfunctions")
    machine = states.create_state_machine(
        name=unique("machine"), definition=json.dumps(MACHINE), roleArn=account.role
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    for _ in range(100):
        found = states.describe_execution(executionArn=execution)
        if found["status"] != "RUNNING":
            break
    assert (found["status"], found["output"]) == ("SUCCEEDED", "7")
    assert (
        len(paged("stepfunctions", "list_executions", "executions", stateMachineArn=machine)) == 1
    )
    events = paged("stepfunctions", "get_execution_history", "events", executionArn=execution)
    assert events[-1]["type"] == "ExecutionSucceeded"
    states.delete_state_machine(stateMachineArn=machine)


def cli(*arguments: str, folder: Path | None = None) -> Any:
    """Run the AWS CLI; its answer."""
    program = Path(sys.executable).parent / "aws"
    done = subprocess.run(
        [sys.executable, str(program), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.startswith(("{", "[", '"')) else done.stdout


Call = Callable[[Account], Any]

#: Commands in their order, each with what it gives.
COMMANDS: list[tuple[str, Call, Any]] = [
    (
        "sts get-caller-identity",
        lambda a: cli("sts", "get-caller-identity")["Account"],
        "123456789012",
    ),
    (
        "s3 cp of a file",
        lambda a: cli("s3", "cp", __file__, f"{a.path('cli')}one.py", "--no-progress").split()[0],
        "upload:",
    ),
    ("s3 ls", lambda a: cli("s3", "ls", a.path("cli")).split()[-1], "one.py"),
    (
        "s3 cp between folders",
        lambda a: "copy:" in cli("s3", "cp", f"{a.path('cli')}one.py", f"{a.path('cli')}two.py"),
        True,
    ),
    (
        "s3 sync of nothing new",
        lambda a: cli("s3", "sync", a.path("cli"), a.path("cli")),
        "",
    ),
    (
        "s3 mv",
        lambda a: "move:" in cli("s3", "mv", f"{a.path('cli')}two.py", a.path("moved")),
        True,
    ),
    ("s3 rm", lambda a: "delete:" in cli("s3", "rm", "--recursive", a.path("moved")), True),
    (
        "s3api head-object",
        lambda a: cli("s3api", "head-object", "--bucket", a.bucket, "--key", "cli/one.py")[
            "ContentLength"
        ],
        Path(__file__).stat().st_size,
    ),
    (
        "s3api list-objects-v2",
        lambda a: len(
            cli("s3api", "list-objects-v2", "--bucket", a.bucket, "--prefix", "cli/")["Contents"]
        ),
        1,
    ),
    (
        "glue get-database",
        lambda a: cli("glue", "get-database", "--name", a.database)["Database"]["Name"],
        lambda a: a.database,
    ),
    (
        "glue create-table",
        lambda a: cli(
            *("glue", "create-table", "--database-name", a.database, "--table-input"),
            json.dumps({"Name": "by_cli", "StorageDescriptor": {"Columns": []}}),
        ),
        "",
    ),
    (
        "glue get-tables",
        lambda a: (
            "by_cli"
            in [
                one["Name"]
                for one in cli("glue", "get-tables", "--database-name", a.database)["TableList"]
            ]
        ),
        True,
    ),
    (
        "athena start-query-execution",
        lambda a: len(
            cli(
                *("athena", "start-query-execution", "--query-string", "SELECT ? AS a"),
                *("--work-group", a.workgroup, "--execution-parameters", "5"),
            )["QueryExecutionId"]
        ),
        36,
    ),
    (
        "athena list-work-groups",
        lambda a: (
            a.workgroup in [one["Name"] for one in cli("athena", "list-work-groups")["WorkGroups"]]
        ),
        True,
    ),
    (
        "ssm put-parameter",
        lambda a: cli(
            "ssm", "put-parameter", "--name", "/by/cli", "--value", "v", "--type", "String"
        )["Version"],
        1,
    ),
    (
        "ssm get-parameter",
        lambda a: cli("ssm", "get-parameter", "--name", "/by/cli")["Parameter"]["Value"],
        "v",
    ),
    (
        "logs create-log-group",
        lambda a: cli("logs", "create-log-group", "--log-group-name", "by-cli"),
        "",
    ),
    (
        "logs describe-log-groups",
        lambda a: [
            one["logGroupName"]
            for one in cli("logs", "describe-log-groups", "--log-group-name-prefix", "by-cli")[
                "logGroups"
            ]
        ],
        ["by-cli"],
    ),
    ("dynamodb list-tables", lambda a: cli("dynamodb", "list-tables")["TableNames"], []),
    ("sns list-topics", lambda a: cli("sns", "list-topics")["Topics"], []),
    ("stepfunctions", lambda a: cli("stepfunctions", "list-state-machines")["stateMachines"], []),
]


@pytest.mark.parametrize(
    ("call", "wanted"), [pytest.param(*one[1:], id=one[0]) for one in COMMANDS]
)
def test_a_command_gives_what_it_gives_on_aws(account: Account, call: Call, wanted: Any) -> None:
    assert call(account) == (wanted(account) if callable(wanted) else wanted)
