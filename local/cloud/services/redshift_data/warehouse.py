"""What statements run on: the databases of a serverless namespace, or of a cluster."""

from __future__ import annotations

from typing import NamedTuple


class Warehouse(NamedTuple):
    """The databases of a namespace; a cluster has one, too."""

    #: Of the namespace.
    id: str
    #: What it is called in messages: `namespace` or `cluster`.
    kind: str
    #: For which a role is taken.
    arn: str
    #: Its name; there is one.
    database: str
    #: The user who may do everything.
    administrator: str
    #: That COPY and UNLOAD may work as.
    roles: tuple[str, ...]
    #: The one that `IAM_ROLE default` means; empty where there is none.
    default_role: str
    #: Who works as them.
    principals: tuple[str, ...]
