"""Systems Manager: what a parameter keeps of what it was."""

from __future__ import annotations

from ministack.services import ssm

from local.cloud.core.service import Service
from local.cloud.services.ssm import requests

SERVICE = Service("ssm", requests.OPERATIONS, emulated=ssm)
