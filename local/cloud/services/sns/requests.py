"""The operations of SNS whose parameters its API model does not bound."""

from __future__ import annotations

import json
import re

from ministack.services import sns

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


def _one(request: Request, name: str) -> str:
    return request.content.get(name, "")


def _wrong(what: str) -> ServiceError:
    return ServiceError("InvalidParameter", f"Invalid parameter: {what}")


async def _create_topic(request: Request) -> Response:
    """A topic that is there already is answered, unless it has other tags."""
    name = _one(request, "Name")
    if not _NAME.fullmatch(name):
        raise _wrong("Topic Name")
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
    return await request.emulated()


async def _subscribe(request: Request) -> Response:
    protocol, endpoint = _one(request, "Protocol"), _one(request, "Endpoint")
    if protocol not in _PROTOCOLS:
        raise _wrong(f"Amazon SNS does not support this protocol string: {protocol}")
    if protocol.startswith("email") and not re.fullmatch(r"[^@\s]+@[^@\s]+", endpoint):
        raise _wrong("Email address")
    return await request.emulated()


OPERATIONS = {
    "CreateTopic": _create_topic,
    "SetTopicAttributes": _set_topic_attributes,
    "Subscribe": _subscribe,
}
