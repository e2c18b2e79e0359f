"""Cloud Control API: what there is, as CloudFormation's types describe it."""

from __future__ import annotations

from ministack.services import cloudcontrol

from local.cloud.core.service import Service
from local.cloud.services.cloudcontrol import requests

SERVICE = Service(
    "cloudcontrolapi",
    requests.OPERATIONS,
    emulated=cloudcontrol,
    # The emulator knows what was created through it alone, whatever else there is.
    passed=frozenset(),
)
