"""AWS Identity and Access Management: its quotas."""

from __future__ import annotations

from ministack.services import iam

from local.cloud.core.protocols import Form
from local.cloud.core.service import Service
from local.cloud.services.iam import requests

SERVICE = Service("iam", requests.OPERATIONS, emulated=iam, protocol=Form())
