"""The statements that refused calls are offered: those that the policies judge."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from running import ACCOUNT, REGION, Cloud

#: Judged by `test/policy/iam/offered.test.ts`.
GOLDEN = Path(__file__).parents[2] / "golden" / "offered.json"

TASKS = "airflow-env.amazonaws.com"

#: Calls of tasks, by the service and the operation.
CALLS: dict[str, dict[str, Any]] = {
    "athena.start_query_execution": {"QueryString": "SELECT 1", "WorkGroup": "mine"},
    "athena.list_work_groups": {},
    "cloudwatch.put_metric_data": {"Namespace": "mine", "MetricData": [{"MetricName": "m"}]},
    "dynamodb.list_tables": {},
    "dynamodb.put_item": {"TableName": "mine", "Item": {"id": {"S": "a"}}},
    "ec2.describe_subnets": {},
    "emr.add_job_flow_steps": {
        "JobFlowId": "j-2AXXXXXXGAPLF",
        "Steps": [{"Name": "a", "HadoopJarStep": {"Jar": "command-runner.jar"}}],
    },
    "emr.list_clusters": {},
    "emr.run_job_flow": {"Name": "mine", "Instances": {"InstanceCount": 1}},
    "events.put_events": {"Entries": [{"Source": "a", "DetailType": "b", "Detail": "{}"}]},
    "glue.get_databases": {},
    "glue.get_table": {"DatabaseName": "lake", "Name": "mine"},
    "glue.start_crawler": {"Name": "mine"},
    "glue.start_job_run": {"JobName": "mine"},
    "kms.decrypt": {"CiphertextBlob": b"a", "KeyId": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/a-b"},
    "logs.describe_log_groups": {},
    "logs.put_log_events": {
        "logGroupName": "/mine",
        "logStreamName": "a",
        "logEvents": [{"timestamp": 1, "message": "a"}],
    },
    "mwaa.get_environment": {"Name": "mine"},
    "redshift-data.execute_statement": {
        "WorkgroupName": "mine",
        "Database": "dev",
        "Sql": "SELECT 1",
    },
    "s3.create_bucket": {"Bucket": "new-bucket-of-mine"},
    "s3.get_object": {"Bucket": "data-of-mine", "Key": "a/b.csv"},
    "s3.list_buckets": {},
    "s3.list_objects_v2": {"Bucket": "data-of-mine"},
    "s3.put_object": {"Bucket": "data-of-mine", "Key": "a/b.csv", "Body": b"a"},
    "secretsmanager.get_secret_value": {"SecretId": "mine"},
    "sns.publish": {"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:mine", "Message": "a"},
    "sqs.list_queues": {},
    "ssm.get_parameter": {"Name": "/mine/a"},
    "stepfunctions.start_execution": {
        "stateMachineArn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:mine"
    },
}


def offered(call: Callable[..., Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """The statement in the refusal of a call."""
    try:
        call(**arguments)
    except ClientError as error:
        message = str(error)
    else:
        raise AssertionError(f"not refused: {call}")
    found = re.search(r"needed in role \S+: (\{)", message)
    assert found is not None, message
    return json.JSONDecoder().raw_decode(message, found.start(1))[0]


def test_what_is_offered_is_what_the_policies_judge(cloud: Cloud) -> None:
    cloud.bucket("data-of-mine")
    statements: dict[str, Any] = {}
    role = cloud.role(TASKS)
    for name, arguments in CALLS.items():
        service, operation = name.split(".")
        client = cloud.client(service, cloud.as_role(role, TASKS))
        statements[name] = offered(getattr(client, operation), arguments)
    # A role that may do all but pass on another.
    maker = cloud.role(TASKS, [{"Effect": "Allow", "Action": "states:*", "Resource": "*"}])
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "states.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    passed = cloud.client("iam").create_role(
        RoleName="passed-of-mine",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]
    make = cloud.client("stepfunctions", cloud.as_role(maker, TASKS)).create_state_machine
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    arguments = {"name": "mine", "definition": json.dumps(definition), "roleArn": passed}
    statements["iam:PassRole"] = offered(make, arguments)
    text = json.dumps(statements, indent=2, sort_keys=True) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text(), "write it anew: UPDATE_GOLDEN=1 pytest test_offered.py"
