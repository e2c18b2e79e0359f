"""What AWS states in prose of a request by itself: each limit, and what is just inside it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.cloud.core import validation

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"


def _results(**result: Any) -> dict[str, Any]:
    return {"Name": "w", "Configuration": {"ResultConfiguration": result}}


def _encrypted(**encryption: str) -> dict[str, Any]:
    return _results(OutputLocation="s3://bucket/", EncryptionConfiguration=encryption)


def _job(**more: Any) -> dict[str, Any]:
    return {"Name": "j", "Command": {"Name": "glueetl"}, "GlueVersion": "5.0", **more}


def _sampled(size: int) -> dict[str, Any]:
    return {"Name": "c", "Targets": {"S3Targets": [{"Path": "s3://b/", "SampleSize": size}]}}


def _glue_security(**encryption: Any) -> dict[str, Any]:
    return {"Name": "s", "EncryptionConfiguration": encryption}


def _emr_security(at_rest: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    encryption = {
        "EnableInTransitEncryption": False,
        "EnableAtRestEncryption": at_rest is not None,
        **({} if at_rest is None else {"AtRestEncryptionConfiguration": at_rest}),
        **more,
    }
    return {"SecurityConfiguration": json.dumps({"EncryptionConfiguration": encryption})}


def _in_transit(**certificates: str) -> dict[str, Any]:
    return _emr_security(
        EnableInTransitEncryption=True,
        InTransitEncryptionConfiguration={"TLSCertificateConfiguration": certificates},
    )


def _disks(kind: str, **more: Any) -> dict[str, Any]:
    disks = {"EncryptionKeyProviderType": kind, **more}
    return _emr_security(at_rest={"LocalDiskEncryptionConfiguration": disks})


def _hops(hops: int) -> dict[str, Any]:
    metadata = {"HttpPutResponseHopLimit": hops, "MinimumInstanceMetadataServiceVersion": 2}
    return {"SecurityConfiguration": json.dumps({"InstanceMetadataServiceConfiguration": metadata})}


def _workgroup(**more: Any) -> dict[str, Any]:
    return {"workgroupName": "w", **more}


def _tagged(count: int, key: str = "Key", value: str = "Value") -> dict[str, Any]:
    return {"Tags": [{key: f"k{number}", value: ""} for number in range(count)]}


def _tag(key: str, value: str = "v", names: tuple[str, str] = ("Key", "Value")) -> dict[str, Any]:
    return {"Tags": [dict(zip(names, (key, value), strict=True))]}


KMS_NAMES = ("TagKey", "TagValue")

#: Service, operation, a request that is refused, the code, one that is not.
CASES: list[tuple[str, str, dict[str, Any], str, dict[str, Any]]] = [
    *(
        ("athena", "CreateWorkGroup", wrong, "InvalidRequestException", right)
        for wrong, right in (
            (_results(OutputLocation="bucket/"), _results(OutputLocation="s3://bucket/")),
            (_encrypted(EncryptionOption="SSE_KMS"), _encrypted(EncryptionOption="SSE_S3")),
            (
                _encrypted(EncryptionOption="CSE_KMS"),
                _encrypted(EncryptionOption="CSE_KMS", KmsKey=KEY),
            ),
            (
                {
                    "Configuration": {
                        "ManagedQueryResultsConfiguration": {"Enabled": True},
                        "ResultConfiguration": {"OutputLocation": "s3://bucket/"},
                    }
                },
                {"Configuration": {"ManagedQueryResultsConfiguration": {"Enabled": True}}},
            ),
            (_tag("R&D"), _tag("R+D")),
            (_tagged(51), _tagged(50)),
        )
    ),
    (
        "athena",
        "UpdateWorkGroup",
        {"ConfigurationUpdates": {"ResultConfigurationUpdates": {"OutputLocation": "folder"}}},
        "InvalidRequestException",
        {"ConfigurationUpdates": {"ResultConfigurationUpdates": {"RemoveOutputLocation": True}}},
    ),
    *(
        ("glue", "CreateJob", wrong, "InvalidInputException", right)
        for wrong, right in (
            (_job(Timeout=10_081), _job(Timeout=10_080)),
            (_job(MaxCapacity=10.0), _job(WorkerType="G.1X", NumberOfWorkers=2)),
            (_job(Tags={"aws:a": "1"}), _job(Tags={"a": "1"})),
        )
    ),
    ("glue", "UpdateJob", {"JobUpdate": _job(Timeout=20_000)}, "InvalidInputException", {}),
    ("glue", "CreateCrawler", _sampled(250), "InvalidInputException", _sampled(249)),
    ("glue", "UpdateCrawler", _sampled(0), "InvalidInputException", _sampled(1)),
    *(
        (
            "glue",
            "CreateSecurityConfiguration",
            _glue_security(**{part: wrong}),
            "InvalidInputException",
            _glue_security(**{part: right}),
        )
        for part, wrong, right in (
            (
                "S3Encryption",
                [{"S3EncryptionMode": "SSE-KMS"}],
                [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": KEY}, {"S3EncryptionMode": "SSE-S3"}],
            ),
            (
                "CloudWatchEncryption",
                {"CloudWatchEncryptionMode": "SSE-KMS"},
                {"CloudWatchEncryptionMode": "DISABLED"},
            ),
            (
                "JobBookmarksEncryption",
                {"JobBookmarksEncryptionMode": "CSE-KMS"},
                {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": KEY},
            ),
        )
    ),
    *(
        ("elasticmapreduce", "CreateSecurityConfiguration", wrong, "InvalidRequestException", right)
        for wrong, right in (
            (_emr_security(EnableInTransitEncryption="false"), _emr_security()),
            (_emr_security(EnableAtRestEncryption=True), _emr_security(at_rest={"a": {}})),
            (_in_transit(), _in_transit(CertificateProviderType="PEM", S3Object="s3://b/c.zip")),
            (
                _in_transit(CertificateProviderType="PEM", S3Object="b/c.zip"),
                _in_transit(CertificateProviderType="Custom"),
            ),
            (
                _emr_security(at_rest={"S3EncryptionConfiguration": {"EncryptionMode": "SSE"}}),
                _emr_security(at_rest={"S3EncryptionConfiguration": {"EncryptionMode": "SSE-S3"}}),
            ),
            (
                _emr_security(at_rest={"S3EncryptionConfiguration": {"EncryptionMode": "CSE-KMS"}}),
                _emr_security(
                    at_rest={
                        "S3EncryptionConfiguration": {
                            "EncryptionMode": "CSE-KMS",
                            "AwsKmsKey": KEY,
                        }
                    }
                ),
            ),
            (_disks("Kms", AwsKmsKey=KEY), _disks("AwsKms", AwsKmsKey=KEY)),
            (_disks("AwsKms"), _disks("Custom")),
            (
                _disks("Custom", EnableEbsEncryption=True),
                _disks("AwsKms", AwsKmsKey=KEY, EnableEbsEncryption=True),
            ),
            (_hops(65), _hops(64)),
        )
    ),
    (
        "iam",
        "CreatePolicy",
        {"PolicyDocument": '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'}
        | {"Path": "/a*/"},
        "ValidationError",
        {"PolicyDocument": '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'}
        | {"Path": "/a/"},
    ),
    (
        "kms",
        "CreateKey",
        {"Policy": "x" * 32_769},
        "LimitExceededException",
        {"Policy": "x" * 32_768},
    ),
    *(
        ("kms", "TagResource", wrong, code, right)
        for wrong, code, right in (
            (_tag("AWS:a", names=KMS_NAMES), "TagException", _tag("a", names=KMS_NAMES)),
            (_tagged(51, *KMS_NAMES), "LimitExceededException", _tagged(50, *KMS_NAMES)),
            (
                {"Tags": _tag("a", names=KMS_NAMES)["Tags"] * 2},
                "TagException",
                _tag("a", "é", KMS_NAMES),
            ),
        )
    ),
    (
        "redshift-serverless",
        "CreateNamespace",
        {"adminPasswordSecretKmsKeyId": KEY},
        "ValidationException",
        {"adminPasswordSecretKmsKeyId": KEY, "manageAdminPassword": True},
    ),
    (
        "redshift-serverless",
        "UpdateNamespace",
        {"adminUsername": "a"},
        "ValidationException",
        {"adminUsername": "a", "adminUserPassword": "p"},
    ),
    *(
        (
            "redshift-serverless",
            "CreateWorkgroup",
            _workgroup(**wrong),
            "ValidationException",
            _workgroup(**right),
        )
        for wrong, right in (
            ({"baseCapacity": 12}, {"baseCapacity": 4}),
            ({"baseCapacity": 520}, {"baseCapacity": 512}),
            ({"baseCapacity": 1056}, {"baseCapacity": 1024}),
            ({"maxCapacity": 20}, {"maxCapacity": 24}),
            ({"baseCapacity": 16, "maxCapacity": 8}, {"baseCapacity": 16, "maxCapacity": 16}),
            ({"port": 5456}, {"port": 8191}),
            (
                {
                    "configParameters": [
                        {"parameterKey": "wlm_json_configuration", "parameterValue": "x" * 8001}
                    ]
                },
                {"configParameters": [{"parameterKey": "require_ssl", "parameterValue": "true"}]},
            ),
        )
    ),
    *(
        ("states", operation, wrong, code, right)
        for operation, wrong, code, right in (
            (
                "CreateStateMachine",
                {"versionDescription": "first"},
                "ValidationException",
                {"versionDescription": "first", "publish": True},
            ),
            (
                "CreateStateMachine",
                {"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY"}},
                "InvalidEncryptionConfiguration",
                {"encryptionConfiguration": {"type": "AWS_OWNED_KEY"}},
            ),
            (
                "UpdateStateMachine",
                {"tracingConfiguration": {"enabled": True}},
                "MissingRequiredParameter",
                {"roleArn": "arn:aws:iam::123456789012:role/a"},
            ),
            (
                "TagResource",
                {"tags": [{"key": "a", "value": "<b>"}]},
                "ValidationException",
                {"tags": [{"key": "a", "value": "b"}]},
            ),
        )
    ),
]


@pytest.mark.parametrize(("service", "operation", "wrong", "code", "right"), CASES)
def test_a_request_is_refused_for_what_aws_states_in_prose(
    service: str, operation: str, wrong: dict[str, Any], code: str, right: dict[str, Any]
) -> None:
    found = validation.refusal(service, operation, wrong)
    assert found is not None and found[0] == code
    assert validation.refusal(service, operation, right) is None
