"""Notices of tasks that fail or are tried again, through an SNS topic.

Airflow's own mail wants an SMTP connection; a topic takes what the execution role may publish, and
has its subscribers by the stack's settings.

The Variable `SNS_TOPIC_ARN` names the topic, and `REGION` its region. A run's params
`email_on_failure` and `email_on_retry` switch the notices; see `params`.
"""

from __future__ import annotations

import logging
import re

from airflow.providers.amazon.aws.hooks.sns import SnsHook
from airflow.sdk import Param, Variable
from airflow.sdk.log import mask_logs

log = logging.getLogger(__name__)

#: Variable that names the topic.
TOPIC = "SNS_TOPIC_ARN"

# Of ASCII: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
_MOST_SUBJECT = 100

# Enough to know what to look at; the log has the rest.
_MOST_REASON = 2000

# What a message of AWS or of Spark may hold: ids of access keys, user and password of an address,
# bearer tokens, and what is called a secret, as in a signed address.
# Repeats have bounds, since a text may be long.
_SECRETS = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b"
    r"|(?<=://)[^/\s@]{1,500}(?=@)"
    r"|(?i:(?<=bearer )[\w.~+/=-]+)"
    r"|(?i:(?P<name>(?:passw|secret|token|signature|credential|api_?key)\w{0,40}[\"']?"
    r"\s{0,9}[=:]\s{0,9}[\"']?)[^\s\"',;&]+)"
)


def params() -> dict[str, Param]:
    """Params of a DAG that switch its notices, by run."""
    return {
        "email_on_failure": Param(
            True, type="boolean", description="Send a notice when a task fails."
        ),
        "email_on_retry": Param(
            False, type="boolean", description="Send a notice when a task is tried again."
        ),
    }


def on_failure(context) -> None:
    """Tell that a task has failed. For `on_failure_callback`."""
    _send_if(context, "email_on_failure", default=True, what="failed")


def on_retry(context) -> None:
    """Tell that a task will be tried again. For `on_retry_callback`."""
    _send_if(context, "email_on_retry", default=False, what="will be tried again")


def _send_if(context, switch: str, *, default: bool, what: str) -> None:
    """Send a notice, if the run wants it. Errors are logged and otherwise ignored."""
    try:
        if context.get("params", {}).get(switch, default):
            subject, message = notice(context, what)
            SnsHook(region_name=Variable.get("REGION")).publish_to_target(
                target_arn=Variable.get(TOPIC), subject=subject, message=message
            )
            log.info("sent the notice %r", subject)
    except Exception:
        log.exception("The notice of a task that %s could not be sent.", what)


def notice(context, what: str) -> tuple[str, str]:
    """Subject and text of a notice, without secrets.

    Args:
        context: Context of the task.
        what: What has become of it.
    """
    ti, run = context["ti"], context["dag_run"]
    subject = f"Airflow: {ti.dag_id} {ti.task_id} {what}"
    lines = [
        f"The task {ti.task_id} of the DAG {ti.dag_id} {what}.",
        "",
        f"Run: {run.run_id}",
        f"Try: {ti.try_number} of {ti.max_tries + 1}",
    ]
    if url := getattr(ti, "log_url", None):
        lines.append(f"Log: {url}")
    if (exception := context.get("exception")) is not None:
        lines += ["", without_secrets(_reason(exception))[:_MOST_REASON]]
    printable = subject.encode("ascii", "replace").decode()
    return re.sub(r"[^ -~]", " ", printable)[:_MOST_SUBJECT], "\n".join(lines)


def _reason(exception: BaseException | str) -> str:
    if isinstance(exception, BaseException):
        return f"{type(exception).__name__}: {exception}"
    return exception


def without_secrets(text: str) -> str:
    """Text with what Airflow knows for a secret, or what looks like one, written as ***."""
    # The processor that every line of a task's log goes through.
    masked = mask_logs(log, "info", {"event": text})["event"]
    return _SECRETS.sub(lambda match: f"{match['name'] or ''}***", masked)
