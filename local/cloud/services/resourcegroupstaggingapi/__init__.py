"""AWS Resource Groups Tagging API."""

from __future__ import annotations

from ministack.services import tagging

from local.cloud.core.service import Service
from local.cloud.services.resourcegroupstaggingapi import requests

SERVICE = Service(
    "tagging",
    requests.OPERATIONS,
    emulated=tagging,
    # The emulator's own answers leave out what it does not collect, without a word.
    passed=frozenset(),
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonresourcegrouptaggingapi.html
    resource=lambda operation, content: "*",
)
