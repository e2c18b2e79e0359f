"""Operators of S3, SNS, SQS and DynamoDB."""

from __future__ import annotations

import json

import boto3
import pytest
from airflow.providers.amazon.aws.hooks.dynamodb import DynamoDBHook
from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator
from airflow.providers.amazon.aws.operators.s3 import (
    S3CopyObjectOperator,
    S3CreateBucketOperator,
    S3CreateObjectOperator,
    S3DeleteBucketOperator,
    S3DeleteBucketTaggingOperator,
    S3DeleteObjectsOperator,
    S3FileTransformOperator,
    S3GetBucketTaggingOperator,
    S3ListOperator,
    S3ListPrefixesOperator,
    S3PutBucketTaggingOperator,
)
from airflow.providers.amazon.aws.operators.sns import SnsPublishOperator
from airflow.providers.amazon.aws.operators.sqs import SqsPublishOperator
from airflow.providers.amazon.aws.sensors.dynamodb import DynamoDBValueSensor
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.providers.amazon.aws.sensors.sqs import SqsSensor
from airflow.providers.amazon.aws.transfers.dynamodb_to_s3 import DynamoDBToS3Operator
from botocore.exceptions import ClientError
from conftest import Tasks, context
from running import allow, unique


def test_a_bucket_with_objects(tasks: Tasks) -> None:
    bucket, here = unique("own-bucket"), {"task_id": "t"}
    tasks.run(S3CreateBucketOperator(**here, bucket_name=bucket))
    tasks.run(
        S3CreateObjectOperator(
            **here, s3_bucket=bucket, s3_key="in/a.csv", data="k,v\n1,2\n", replace=True
        )
    )
    tasks.run(
        S3CopyObjectOperator(
            **here,
            source_bucket_name=bucket,
            source_bucket_key="in/a.csv",
            dest_bucket_name=bucket,
            dest_bucket_key="copies/b.csv",
        )
    )
    assert S3KeySensor(**here, bucket_name=bucket, bucket_key="copies/*", wildcard_match=True).poke(
        {}
    )
    assert tasks.run(S3ListOperator(**here, bucket=bucket)) == ["copies/b.csv", "in/a.csv"]
    prefixes = S3ListPrefixesOperator(**here, bucket=bucket, prefix="", delimiter="/")
    assert tasks.run(prefixes) == ["copies/", "in/"]
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        tasks.run(S3DeleteBucketOperator(**here, bucket_name=bucket))
    tasks.run(S3DeleteObjectsOperator(**here, bucket=bucket, prefix="in/"))
    assert tasks.run(S3ListOperator(**here, bucket=bucket)) == ["copies/b.csv"]
    tasks.run(S3DeleteBucketOperator(**here, bucket_name=bucket, force_delete=True))
    buckets = boto3.client("s3").list_buckets()["Buckets"]
    assert bucket not in [one["Name"] for one in buckets]


def test_an_object_is_transformed(tasks: Tasks) -> None:
    s3, key = boto3.client("s3"), {"Bucket": tasks.bucket}
    s3.put_object(**key, Key="transform/in", Body=b"one two")
    tasks.run(
        S3FileTransformOperator(
            task_id="t",
            source_s3_key=f"s3://{tasks.bucket}/transform/in",
            dest_s3_key=f"s3://{tasks.bucket}/transform/out",
            transform_script="/bin/cp",
            replace=True,
        )
    )
    assert s3.get_object(**key, Key="transform/out")["Body"].read() == b"one two"


def test_a_bucket_has_tags(tasks: Tasks) -> None:
    here = {"task_id": "t", "bucket_name": tasks.bucket}
    tasks.run(S3PutBucketTaggingOperator(**here, key="team", value="data"))
    assert tasks.run(S3GetBucketTaggingOperator(**here)) == [{"Key": "team", "Value": "data"}]
    tasks.run(S3DeleteBucketTaggingOperator(**here))
    with pytest.raises(ClientError, match="NoSuchTagSet"):
        tasks.run(S3GetBucketTaggingOperator(**here))


def test_a_message_is_published_and_received(tasks: Tasks) -> None:
    sqs, sns = boto3.client("sqs"), boto3.client("sns")
    queue = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    topic, arn = sns.create_topic(Name=unique("topic"))["TopicArn"], attributes["Attributes"]
    statement = {
        **allow("sqs:SendMessage", arn["QueueArn"]),
        "Principal": {"Service": "sns.amazonaws.com"},
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    tasks.run(
        SnsPublishOperator(
            task_id="t",
            target_arn=topic,
            message="from SNS",
            subject="a notice",
            message_attributes={"kind": "test"},
        )
    )
    sent = SqsPublishOperator(task_id="t", sqs_queue=queue, message_content="from SQS")
    assert tasks.run(sent)["MessageId"]
    received: list[str] = []
    while len(received) < 2:
        sensor = SqsSensor(task_id="t", sqs_queue=queue, max_messages=5, wait_time_seconds=5)
        given = context()
        assert sensor.poke(given)
        received += [message["Body"] for message in given["ti"].pushed["messages"]]
    assert sorted(received) == ["from SNS", "from SQS"]


def test_items_are_put_found_and_exported(tasks: Tasks) -> None:
    dynamodb, table = boto3.client("dynamodb"), unique("table")
    dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.get_waiter("table_exists").wait(TableName=table)
    hook = DynamoDBHook(aws_conn_id="aws_default", table_keys=["id"], table_name=table)
    hook.write_batch_data([{"id": "a", "n": "1"}, {"id": "b", "n": "2"}])
    there = {"table_name": table, "partition_key_name": "id", "attribute_name": "n"}
    for key, value, found in (("b", "2", True), ("b", "3", False), ("c", "2", False)):
        sensor = DynamoDBValueSensor(
            task_id="t", **there, partition_key_value=key, attribute_value=value
        )
        assert sensor.poke({}) is found
    tasks.run(
        DynamoDBToS3Operator(
            task_id="t",
            dynamodb_table_name=table,
            s3_bucket_name=tasks.bucket,
            s3_key_prefix="exported/",
            file_size=1000,
        )
    )
    s3 = boto3.client("s3")
    listed = s3.list_objects_v2(Bucket=tasks.bucket, Prefix="exported/")["Contents"]
    lines = [
        json.loads(line)
        for one in listed
        for line in s3.get_object(Bucket=tasks.bucket, Key=one["Key"])["Body"].iter_lines()
    ]
    assert sorted(line["id"] for line in lines) == ["a", "b"]


def test_lambda_is_refused_in_a_sentence(tasks: Tasks) -> None:
    with pytest.raises(ClientError, match="the local cloud does not run lambda"):
        tasks.run(LambdaInvokeFunctionOperator(task_id="t", function_name="f", payload="{}"))
