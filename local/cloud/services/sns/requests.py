"""The operations of SNS whose parameters its API model does not bound."""

from __future__ import annotations

import json
import re

from ministack.services import sns

from local.cloud.core import limits, principals
from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Request
from local.cloud.core.settings import ACCOUNT, REGION

#: https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}|[A-Za-z0-9_-]{1,251}\.fifo")

#: https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
_ATTRIBUTES = re.compile(
    r"DeliveryPolicy|DisplayName|Policy|TracingConfig|KmsMasterKeyId|SignatureVersion"
    r"|ArchivePolicy|ContentBasedDeduplication|FifoThroughputScope"
    r"|(HTTP|Firehose|Lambda|Application|SQS)"
    r"(SuccessFeedbackRoleArn|SuccessFeedbackSampleRate|FailureFeedbackRoleArn)"
)

#: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
_PROTOCOLS = (
    *("http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"),
)


#: Bytes of a topic's policy, and characters of its name for people.
_POLICY_BYTES, _DISPLAY_NAME = 30_720, 100


def _one(request: Request, name: str) -> str:
    return request.content.get(name, "")


def _wrong(what: str) -> ServiceError:
    return ServiceError("InvalidParameter", f"Invalid parameter: {what}")


async def _create_topic(request: Request) -> Response:
    """A topic that is there already is answered, unless it has other tags."""
    name = _one(request, "Name")
    if not _NAME.fullmatch(name):
        raise _wrong("Topic Name")
    _require_tags(request)
    topic = sns._topics.get(f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}")
    if topic is not None and topic["tags"] != sns._param_tags(request.content):
        raise _wrong("Tags Reason: Topic already exists with different tags")
    return await request.emulated()


async def _set_topic_attributes(request: Request) -> Response:
    name, value = _one(request, "AttributeName"), _one(request, "AttributeValue")
    if not _ATTRIBUTES.fullmatch(name):
        raise _wrong("AttributeName")
    if name in ("Policy", "DeliveryPolicy") and value:
        try:
            json.loads(value)
        except ValueError as error:
            raise _wrong(f"{name}: it is not JSON") from error
    if name == "Policy" and value:
        if len(value.encode()) > _POLICY_BYTES:
            raise _wrong("Policy Reason: it is too long")
        if principals.missing(value) is not None:
            raise _wrong("Policy Error: PrincipalNotFound")
    if name == "DisplayName" and len(value) > _DISPLAY_NAME:
        raise _wrong(f"DisplayName Reason: it has more than {_DISPLAY_NAME} characters")
    return await request.emulated()


async def _subscribe(request: Request) -> Response:
    protocol, endpoint = _one(request, "Protocol"), _one(request, "Endpoint")
    if protocol not in _PROTOCOLS:
        raise _wrong(f"Amazon SNS does not support this protocol string: {protocol}")
    if protocol.startswith("email") and not re.fullmatch(r"[^@\s]+@[^@\s]+", endpoint):
        raise _wrong("Email address")
    if protocol in ("http", "https") and not endpoint.startswith(f"{protocol}://"):
        raise _wrong("Endpoint must match the specified protocol")
    if protocol in ("sqs", "lambda", "firehose", "application") and not endpoint.startswith("arn:"):
        raise _wrong(f"{protocol} endpoint ARN")
    if protocol == "sms" and not re.fullmatch(r"\+?[\d\s()-]{5,20}", endpoint):
        raise _wrong(f"Endpoint Reason: Please use a valid phone number: {endpoint}")
    return await request.emulated()


async def _tag_resource(request: Request) -> Response:
    _require_tags(request)
    return await request.emulated()


def _require_tags(request: Request) -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-tags.html"""
    tags = sns._param_tags(request.content)
    found = limits.bad_tag(list(tags.items()))
    if found is not None:
        raise _wrong(f"Tags Reason: {found}")
    if len(tags) > limits.MOST_TAGS:
        raise ServiceError("TagLimitExceeded", f"Can't add more than {limits.MOST_TAGS} tags")


OPERATIONS = {
    "CreateTopic": _create_topic,
    "SetTopicAttributes": _set_topic_attributes,
    "Subscribe": _subscribe,
    "TagResource": _tag_resource,
}
