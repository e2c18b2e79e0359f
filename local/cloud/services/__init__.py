"""The services of the local cloud, a folder each; `docs/local-cloud.md` says how one is added.

Imported only after `settings.configure`: ministack reads its environment when it is imported.
"""

from __future__ import annotations

from local.cloud.services import (
    athena,
    cloudcontrol,
    ec2,
    emr,
    glue,
    iam,
    kms,
    logs,
    mwaa,
    redshift,
    redshift_data,
    redshift_serverless,
    resourcegroupstaggingapi,
    s3,
    secretsmanager,
    sns,
    ssm,
    stepfunctions,
)

#: In the order in which they are registered.
ALL = (
    s3.SERVICE,
    iam.SERVICE,
    kms.SERVICE,
    sns.SERVICE,
    ssm.SERVICE,
    ec2.SERVICE,
    redshift.SERVICE,
    redshift_serverless.SERVICE,
    redshift_data.SERVICE,
    athena.SERVICE,
    emr.SERVICE,
    glue.SERVICE,
    stepfunctions.SERVICE,
    logs.SERVICE,
    mwaa.SERVICE,
    resourcegroupstaggingapi.SERVICE,
    secretsmanager.SERVICE,
    cloudcontrol.SERVICE,
)

#: Services that the emulator runs alone, by what requests are signed for.
EMULATED = ("dynamodb", "events", "monitoring", "sqs", "sts")


def run() -> frozenset[str]:
    """What requests are signed for to the services that the local cloud runs.

    The emulator has others, which answer success without looking at what they are asked.
    """
    return frozenset((*EMULATED, *(service.name for service in ALL)))
