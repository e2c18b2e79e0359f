"""AWS Key Management Service: the keys that AWS itself has in each account."""

from __future__ import annotations

from ministack.services import kms

from local.cloud.core.service import Service
from local.cloud.services.kms import requests

SERVICE = Service("kms", requests.OPERATIONS, emulated=kms, resource=requests.resource)
