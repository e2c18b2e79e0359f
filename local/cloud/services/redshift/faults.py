"""Errors of Amazon Redshift, with the codes and statuses that its model has for them."""

from __future__ import annotations

from local.cloud.core.answers import ServiceError
from local.cloud.core.model import service_model


def fault(shape: str, message: str) -> ServiceError:
    """An error of the model's, such as `ClusterNotFoundFault`, to be raised."""
    error = service_model("redshift").shape_for(shape).metadata["error"]
    return ServiceError(error["code"], message, error["httpStatusCode"])


def invalid(message: str) -> ServiceError:
    """A value that a parameter does not take.

    https://docs.aws.amazon.com/redshift/latest/APIReference/CommonErrors.html
    """
    return ServiceError("InvalidParameterValue", message)


def combined(message: str) -> ServiceError:
    """Parameters that are not given together, or not without others. As above."""
    return ServiceError("InvalidParameterCombination", message)


def unsupported(what: str) -> ServiceError:
    """What Amazon Redshift has and the local cloud has not."""
    return fault("UnsupportedOptionFault", f"the local cloud does not support {what}")
