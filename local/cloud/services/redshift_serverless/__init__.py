"""Amazon Redshift Serverless: namespaces and workgroups; its SQL is in `redshift_data`."""

from __future__ import annotations

from local.cloud.core.service import Service
from local.cloud.services.redshift_serverless import requests, state

SERVICE = Service(
    "redshift-serverless",
    requests.OPERATIONS,
    state=state,
    resource=requests.resource,
    target_prefix="RedshiftServerless.",
    namespace="redshift-serverless",
)
