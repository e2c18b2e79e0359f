"""The Amazon Redshift Data API.

https://docs.aws.amazon.com/redshift-data/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from local.cloud.core.service import Service
from local.cloud.services.redshift_data import engine, requests, state

SERVICE = Service(
    "redshift-data",
    requests.OPERATIONS,
    state=state,
    engine=engine,
    resource=requests.resource,
    target_prefix="RedshiftData.",
    namespace="redshift-data",
)
