"""Amazon SNS: what its topics and subscriptions can be."""

from __future__ import annotations

from ministack.services import sns

from local.cloud.core.protocols import Form
from local.cloud.core.service import Service
from local.cloud.services.sns import requests

SERVICE = Service("sns", requests.OPERATIONS, emulated=sns, protocol=Form())
