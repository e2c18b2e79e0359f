"""Amazon S3: what a bucket does beside keeping objects."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from running import Cloud, allow
from test_auth import refused

GLUE = "glue.amazonaws.com"
OWN_KEY = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}


def blocked(s3, bucket: str) -> list[str]:
    """What a bucket says that it blocks."""
    answer = s3.get_bucket_encryption(Bucket=bucket)
    (rule,) = answer["ServerSideEncryptionConfiguration"]["Rules"]
    return rule["BlockedEncryptionTypes"]["EncryptionType"]


def encrypt(s3, bucket: str, **more: object) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, **more}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


def test_a_bucket_blocks_keys_of_requests_unless_it_says_otherwise(cloud: Cloud) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html"""
    s3, bucket = cloud.client("s3"), cloud.bucket()
    assert blocked(s3, bucket) == ["SSE-C"]
    encrypt(s3, bucket)
    assert blocked(s3, bucket) == ["SSE-C"]
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="a", Body=b"a", **OWN_KEY)
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    s3.put_object(Bucket=bucket, Key="a", Body=b"a")

    encrypt(s3, bucket, BlockedEncryptionTypes={"EncryptionType": ["NONE"]})
    assert blocked(s3, bucket) == ["NONE"]
    s3.put_object(Bucket=bucket, Key="b", Body=b"b", **OWN_KEY)


def test_a_key_of_kms_goes_with_its_encryption_alone(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), cloud.bucket()
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    put = {"Bucket": bucket, "Key": "a", "Body": b"a", "SSEKMSKeyId": key}
    code, message = refused(s3.put_object, **put, ServerSideEncryption="AES256")
    assert code == "InvalidArgument" and "aws:kms" in message
    s3.put_object(**put, ServerSideEncryption="aws:kms")
    assert s3.head_object(Bucket=bucket, Key="a")["SSEKMSKeyId"] == key


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"StorageClass": "COLD"}, "InvalidStorageClass"),
        ({"ServerSideEncryption": "DES"}, "InvalidEncryptionAlgorithmError"),
        ({"ACL": "everybody"}, "InvalidArgument"),
    ],
)
def test_headers_have_the_values_of_the_model(cloud: Cloud, given: dict, code: str) -> None:
    s3, bucket = cloud.client("s3"), cloud.bucket()
    found, message = refused(s3.put_object, Bucket=bucket, Key="a", Body=b"a", **given)
    assert found == code
    assert "allowed: " in message
    s3.put_object(Bucket=bucket, Key="a", Body=b"a", StorageClass="STANDARD_IA")


def test_documents_are_of_the_shapes_of_the_model(cloud: Cloud) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, MalformedXML"""
    s3, bucket = cloud.client("s3"), cloud.bucket()
    code, message = refused(
        s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "On"}
    )
    assert code == "MalformedXML" and "Enabled" in message
    rule = {"ID": "one", "Status": "Maybe", "Filter": {}, "Expiration": {"Days": 1}}
    code, message = refused(
        s3.put_bucket_lifecycle_configuration,
        Bucket=bucket,
        LifecycleConfiguration={"Rules": [rule]},
    )
    assert code == "MalformedXML"
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule["Status"] = "Enabled"
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
    s3.put_object(Bucket=bucket, Key="a", Body=b"a")
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}], "Quiet": True})


def test_that_a_key_is_not_there_is_told_to_who_may_list_it(cloud: Cloud) -> None:
    bucket = cloud.bucket(**{"in/a": "1", "out/a": "1"})
    arn = f"arn:aws:s3:::{bucket}"
    listed = allow("s3:ListBucket", arn, Condition={"StringLike": {"s3:prefix": "in/*"}})
    role = cloud.role(GLUE, [allow("s3:GetObject", f"{arn}/*"), listed])
    s3 = cloud.client("s3", cloud.as_role(role, GLUE))
    assert s3.get_object(Bucket=bucket, Key="out/a")["Body"].read() == b"1"
    for key, status in (("in/b", 404), ("out/b", 403)):
        for call in (s3.get_object, s3.head_object):
            with pytest.raises(ClientError) as caught:
                call(Bucket=bucket, Key=key)
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    with pytest.raises(ClientError, match=f"s3:ListBucket on resource: {arn} "):
        s3.get_object(Bucket=bucket, Key="out/b")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        cloud.client("s3").get_object(Bucket=f"{bucket}-other", Key="a")
