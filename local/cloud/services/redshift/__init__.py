"""Amazon Redshift: provisioned clusters; their SQL is in `redshift_data`.

https://docs.aws.amazon.com/redshift/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from local.cloud.core.protocols import ModelledQuery
from local.cloud.core.service import Service
from local.cloud.services.redshift import requests, state

SERVICE = Service(
    "redshift",
    requests.OPERATIONS,
    protocol=ModelledQuery("redshift"),
    state=state,
    resource=requests.resource,
    condition_keys=requests.condition_keys,
    namespace="redshift",
)
