"""Amazon S3: what the emulator takes for a bucket policy is looked at first."""

from __future__ import annotations

from ministack.services import s3

from local.cloud.core.service import Service
from local.cloud.services.s3 import requests

SERVICE = Service("s3", requests.OPERATIONS, emulated=s3, protocol=requests.Paths())
