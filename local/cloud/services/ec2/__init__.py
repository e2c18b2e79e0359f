"""Amazon EC2: what belongs to a VPC."""

from __future__ import annotations

from ministack.services import ec2

from local.cloud.core.protocols import Ec2Query
from local.cloud.core.service import Service
from local.cloud.services.ec2 import requests

SERVICE = Service("ec2", requests.OPERATIONS, emulated=ec2, protocol=Ec2Query())
