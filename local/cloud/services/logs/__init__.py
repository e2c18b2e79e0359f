"""Amazon CloudWatch Logs."""

from __future__ import annotations

from ministack.services import cloudwatch_logs

from local.cloud.core.service import Service
from local.cloud.services.logs import requests

SERVICE = Service("logs", requests.OPERATIONS, emulated=cloudwatch_logs)
