"""What AWS refuses of a request by itself, by what its API pages say in prose beside the models.

Each rule has the page that states it, and AWS's code; the words are AWS's own where they are known.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

#: AWS's code, and the message.
Refusal = tuple[str, str]
Members = dict[str, Any]
Rule = Callable[[Members], Iterator[Refusal]]

#: Characters of tags where the page of a service names them and its model does not.
_TAG_TEXT = re.compile(r"[\w\s.:/=+@-]*")

MOST_TAGS = 50


def bad_tag(tags: list[tuple[str, str]]) -> str | None:
    """What is wrong with tags in every service.

    https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
    """
    for key, _ in tags:
        if key.lower().startswith("aws:"):
            return f"tag keys that begin with aws: are reserved for AWS: {key}"
    twice = [key for key, count in Counter(key for key, _ in tags).items() if count > 1]
    return f"a resource has each tag key once: {twice[0]}" if twice else None


def bad_tag_text(text: str) -> str | None:
    """What is wrong with a key or value where a service takes no others than these characters."""
    if _TAG_TEXT.fullmatch(text):
        return None
    return f"a tag has letters, digits, spaces and _ . : / = + - @ only: {text}"


def _tags(
    code: str, many: str, member: str = "Tags", names: str = "Key Value", bounded: bool = False
) -> Rule:
    """Tags as a list of pairs, or by their keys; `bounded` in their characters as well."""
    key, value = names.split()

    def rule(members: Members) -> Iterator[Refusal]:
        given = members.get(member) or []
        pairs = (
            list(given.items())
            if isinstance(given, dict)
            else [(tag[key], tag.get(value, "")) for tag in given]
        )
        found = bad_tag(pairs)
        if found is not None:
            yield code, found
        if len(pairs) > MOST_TAGS:
            yield many, f"a resource has {MOST_TAGS} tags at most, not {len(pairs)}"
        for text in [text for pair in pairs for text in pair] if bounded else []:
            if (wrong := bad_tag_text(text)) is not None:
                yield code, wrong

    return rule


def _athena_results(result: Members, remove: bool = False) -> Iterator[Refusal]:
    """https://docs.aws.amazon.com/athena/latest/APIReference/API_EncryptionConfiguration.html"""
    location = result.get("OutputLocation")
    if location is not None and not re.match(r"s3://[a-z0-9]", location) and not remove:
        yield "InvalidRequestException", f"outputLocation is not a valid S3 path: {location}"
    encryption = result.get("EncryptionConfiguration") or {}
    option = encryption.get("EncryptionOption", "")
    if option.endswith("_KMS") and not encryption.get("KmsKey"):
        yield "InvalidRequestException", f"KmsKey is required for the encryption option {option}"


def _athena_workgroup(members: Members) -> Iterator[Refusal]:
    """https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html"""
    given = members.get("Configuration") or members.get("ConfigurationUpdates") or {}
    yield from _athena_results(given.get("ResultConfiguration") or {})
    updates = given.get("ResultConfigurationUpdates") or {}
    yield from _athena_results(updates, updates.get("RemoveOutputLocation") is True)
    managed = (given.get("ManagedQueryResultsConfiguration") or {}).get("Enabled")
    if managed and (given.get("ResultConfiguration") or {}).get("OutputLocation"):
        yield (
            "InvalidRequestException",
            "A workgroup cannot have an output location with managed query results",
        )


#: Minutes: seven days.
_GLUE_TIMEOUT = 10_080


def _glue_job(members: Members) -> Iterator[Refusal]:
    """https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html"""
    job = members.get("JobUpdate", members)
    timeout = job.get("Timeout")
    if timeout is not None and timeout > _GLUE_TIMEOUT:
        yield (
            "InvalidInputException",
            f"Timeout is {timeout}: jobs must have values less than {_GLUE_TIMEOUT} minutes",
        )
    version, capacity = job.get("GlueVersion", "0.9"), job.get("MaxCapacity")
    spark = (job.get("Command") or {}).get("Name") == "glueetl" and "WorkerType" not in job
    if capacity is not None and spark and float(version) >= 2:
        yield (
            "InvalidInputException",
            f"For Glue version {version} jobs, you cannot specify a Maximum capacity. "
            "Instead, you should specify a Worker type and the Number of workers.",
        )


def _glue_crawler(members: Members) -> Iterator[Refusal]:
    """https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-crawling.html"""
    for target in (members.get("Targets") or {}).get("S3Targets") or []:
        size = target.get("SampleSize")
        if size is not None and not 1 <= size <= 249:
            yield (
                "InvalidInputException",
                f"SampleSize is {size}: a valid value is an integer between 1 and 249",
            )


def _glue_security(members: Members) -> Iterator[Refusal]:
    """https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-security.html"""
    given = members["EncryptionConfiguration"]
    parts = [
        *(("S3EncryptionMode", one) for one in given.get("S3Encryption") or []),
        ("CloudWatchEncryptionMode", given.get("CloudWatchEncryption") or {}),
        ("JobBookmarksEncryptionMode", given.get("JobBookmarksEncryption") or {}),
    ]
    for member, part in parts:
        if part.get(member, "").endswith("KMS") and not part.get("KmsKeyArn"):
            yield (
                "InvalidInputException",
                f"{member} is {part[member]}: it needs the ARN of a key in KmsKeyArn",
            )


def _kms_policy(members: Members) -> Iterator[Refusal]:
    """https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html"""
    size = len((members.get("Policy") or "").encode())
    if size > 32_768:
        yield "LimitExceededException", f"A key policy has 32768 bytes at most, not {size}"


def _iam_path(members: Members) -> Iterator[Refusal]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html"""
    if "*" in members.get("Path", ""):
        yield "ValidationError", "You cannot use an asterisk (*) in the path name"


#: https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html
_SMALL, _LARGE = 512, 1024


def _rpus(value: int) -> bool:
    return value == 4 or (8 <= value <= _LARGE and value % (8 if value <= _SMALL else 32) == 0)


def _redshift_workgroup(members: Members) -> Iterator[Refusal]:
    """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_CreateWorkgroup.html"""
    base, most = members.get("baseCapacity"), members.get("maxCapacity")
    if base is not None and not _rpus(base):
        yield (
            "ValidationException",
            f"The base capacity {base} must be 4, or 8 to {_SMALL} RPUs in increments of 8, or up "
            f"to {_LARGE} in increments of 32",
        )
    if most is not None and most % 8 != 0:
        yield "ValidationException", f"The maximum capacity {most} must be a multiple of 8 RPUs"
    if base is not None and most is not None and most < base:
        yield "ValidationException", f"The maximum capacity {most} is below the base's, {base}"
    port = members.get("port", 5439)
    if not (5431 <= port <= 5455 or 8191 <= port <= 8215):
        yield "ValidationException", f"The port {port} must be in 5431-5455 or 8191-8215"
    for parameter in members.get("configParameters") or []:
        if (
            parameter.get("parameterKey") == "wlm_json_configuration"
            and len(parameter.get("parameterValue", "")) > 8000
        ):
            yield "ValidationException", "wlm_json_configuration has 8000 characters at most"


def _redshift_new_namespace(members: Members) -> Iterator[Refusal]:
    """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_CreateNamespace.html"""
    if members.get("adminPasswordSecretKmsKeyId") and not members.get("manageAdminPassword"):
        yield (
            "ValidationException",
            "You can only use adminPasswordSecretKmsKeyId if manageAdminPassword is true.",
        )


def _redshift_namespace(members: Members) -> Iterator[Refusal]:
    """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_UpdateNamespace.html"""
    given = [name for name in ("adminUsername", "adminUserPassword") if members.get(name)]
    if len(given) == 1 and not members.get("manageAdminPassword"):
        yield (
            "ValidationException",
            "You must specify both adminUsername and adminUserPassword to update either field.",
        )


def _state_machine(members: Members) -> Iterator[Refusal]:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html"""
    if members.get("versionDescription") and not members.get("publish"):
        yield (
            "ValidationException",
            "Version description can only be set when publish is true",
        )
    encryption = members.get("encryptionConfiguration") or {}
    if encryption.get("type") == "CUSTOMER_MANAGED_KMS_KEY" and not encryption.get("kmsKeyId"):
        yield "InvalidEncryptionConfiguration", "kmsKeyId is required for a customer managed key"


def _changed_state_machine(members: Members) -> Iterator[Refusal]:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html"""
    if "definition" not in members and "roleArn" not in members:
        yield "MissingRequiredParameter", "Either the definition or the role ARN must be specified"


def _emr_security(members: Members) -> Iterator[Refusal]:
    """https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-create-security-configuration.html"""
    try:
        given = json.loads(members["SecurityConfiguration"])
    except ValueError:
        return
    if not isinstance(given, dict):
        return
    for problem in _emr_encryption(given.get("EncryptionConfiguration")):
        yield "InvalidRequestException", problem
    hops = (given.get("InstanceMetadataServiceConfiguration") or {}).get("HttpPutResponseHopLimit")
    if hops is not None and hops not in range(1, 65):
        yield "InvalidRequestException", f"HttpPutResponseHopLimit {hops} must be from 1 to 64"


def _emr_encryption(given: Members | None) -> Iterator[str]:
    if given is None:
        return
    transit, rest = (given.get(f"Enable{what}Encryption") for what in ("InTransit", "AtRest"))
    if not isinstance(transit, bool) or not isinstance(rest, bool):
        yield "EnableInTransitEncryption and EnableAtRestEncryption must both be true or false"
    certificates = (given.get("InTransitEncryptionConfiguration") or {}).get(
        "TLSCertificateConfiguration"
    ) or {}
    if transit and not certificates.get("CertificateProviderType"):
        yield "Encryption in transit needs a TLSCertificateConfiguration with its provider"
    if transit and not certificates.get("S3Object", "s3://").startswith("s3://"):
        yield f"The S3Object {certificates['S3Object']} must begin with s3://"
    stored = given.get("AtRestEncryptionConfiguration") or {}
    if rest and not stored:
        yield "Encryption at rest needs an AtRestEncryptionConfiguration"
    mode = stored.get("S3EncryptionConfiguration") or {}
    if mode and mode.get("EncryptionMode") not in ("SSE-S3", "SSE-KMS", "CSE-KMS", "CSE-Custom"):
        yield f"The EncryptionMode {mode.get('EncryptionMode')} is none of S3's"
    if str(mode.get("EncryptionMode")).endswith("KMS") and not mode.get("AwsKmsKey"):
        yield f"The EncryptionMode {mode['EncryptionMode']} needs an AwsKmsKey"
    disks = stored.get("LocalDiskEncryptionConfiguration") or {}
    if disks and disks.get("EncryptionKeyProviderType") not in ("AwsKms", "Custom"):
        yield "The EncryptionKeyProviderType of local disks must be AwsKms or Custom"
    if disks.get("EncryptionKeyProviderType") == "AwsKms" and not disks.get("AwsKmsKey"):
        yield "The EncryptionKeyProviderType AwsKms needs an AwsKmsKey"
    if disks.get("EnableEbsEncryption") and disks.get("EncryptionKeyProviderType") != "AwsKms":
        yield "EBS encryption needs AwsKms as the EncryptionKeyProviderType"


_KMS_TAGS = _tags("TagException", "LimitExceededException", names="TagKey TagValue")
#: https://docs.aws.amazon.com/athena/latest/APIReference/API_Tag.html
_ATHENA_TAGS = _tags("InvalidRequestException", "InvalidRequestException", bounded=True)
_GLUE_TAGS = _tags("InvalidInputException", "InvalidInputException")
#: https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html
_STATES_TAGS = _tags("ValidationException", "TooManyTags", "tags", "key value", bounded=True)
_REDSHIFT_TAGS = _tags("ValidationException", "TooManyTagsException", "tags", "key value")

#: What is looked at, by what a request is signed for and its operation.
RULES: dict[tuple[str, str], tuple[Rule, ...]] = {
    ("athena", "CreateWorkGroup"): (_athena_workgroup, _ATHENA_TAGS),
    ("athena", "TagResource"): (_ATHENA_TAGS,),
    ("athena", "UpdateWorkGroup"): (_athena_workgroup,),
    ("elasticmapreduce", "CreateSecurityConfiguration"): (_emr_security,),
    ("glue", "CreateCrawler"): (_glue_crawler, _GLUE_TAGS),
    ("glue", "CreateDatabase"): (_GLUE_TAGS,),
    ("glue", "CreateJob"): (_glue_job, _GLUE_TAGS),
    ("glue", "CreateSecurityConfiguration"): (_glue_security,),
    ("glue", "TagResource"): (
        _tags("InvalidInputException", "InvalidInputException", "TagsToAdd"),
    ),
    ("glue", "UpdateCrawler"): (_glue_crawler,),
    ("glue", "UpdateJob"): (_glue_job,),
    ("iam", "CreatePolicy"): (_iam_path,),
    ("kms", "CreateKey"): (_kms_policy, _KMS_TAGS),
    ("kms", "PutKeyPolicy"): (_kms_policy,),
    ("kms", "TagResource"): (_KMS_TAGS,),
    ("redshift-serverless", "CreateNamespace"): (_redshift_new_namespace, _REDSHIFT_TAGS),
    ("redshift-serverless", "CreateWorkgroup"): (_redshift_workgroup, _REDSHIFT_TAGS),
    ("redshift-serverless", "TagResource"): (_REDSHIFT_TAGS,),
    ("redshift-serverless", "UpdateNamespace"): (_redshift_namespace,),
    ("redshift-serverless", "UpdateWorkgroup"): (_redshift_workgroup,),
    ("states", "CreateStateMachine"): (_state_machine, _STATES_TAGS),
    ("states", "TagResource"): (_STATES_TAGS,),
    ("states", "UpdateStateMachine"): (_state_machine, _changed_state_machine),
}


def refusal(service: str, operation: str, members: Members) -> Refusal | None:
    """Why AWS would refuse a request that is right by its model; None where it would not."""
    rules = RULES.get((service, operation), ())
    return next((found for rule in rules for found in rule(members)), None)
