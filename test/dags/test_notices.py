"""Notices: what they say, who is asked, and that nothing is worse for them."""

from __future__ import annotations

import json
import logging

import pytest
from airflow.providers.amazon.aws.hooks.sns import SnsHook
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk.exceptions import AirflowFailException
from fake_aws import FakeSns, context_of

from mwaalib import notices

TOPIC = "arn:aws:sns:us-west-2:123456789012:notices"


@pytest.fixture
def sns(monkeypatch):
    fake = FakeSns()
    fake.regions = []

    def conn(hook):
        fake.regions.append(hook._region_name)
        return fake.client

    monkeypatch.setattr(SnsHook, "conn", property(conn))
    monkeypatch.setenv("AIRFLOW_VAR_SNS_TOPIC_ARN", TOPIC)
    monkeypatch.setenv("AIRFLOW_VAR_REGION", "us-west-2")
    return fake


def context(error: object = None, task_id: str = "a_task", **params) -> dict:
    task = EmptyOperator(task_id=task_id, retries=2)
    return context_of(task, try_number=2, params=params, exception=error)


def text(published: dict) -> str:
    assert published["MessageStructure"] == "json"
    return json.loads(published["Message"])["default"]


def test_a_failure_tells_task_run_try_and_reason(sns):
    notices.on_failure(context(AirflowFailException("Execution ex-1 is FAILED: no rows")))
    (sent,) = sns.published
    assert sent["TargetArn"] == TOPIC
    assert sent["Subject"] == "Airflow: a_dag a_task failed"
    assert text(sent).splitlines() == [
        "The task a_task of the DAG a_dag failed.",
        "",
        "Run: manual__2026-01-01T00:00:00+00:00",
        "Try: 2 of 3",
        "",
        "AirflowFailException: Execution ex-1 is FAILED: no rows",
    ]
    assert sns.regions == ["us-west-2"]


def test_a_log_is_linked_where_there_is_one(sns):
    told = context()
    told["ti"].log_url = "https://airflow/log"
    notices.on_failure(told)
    assert "Log: https://airflow/log" in text(sns.published[0]).splitlines()


def test_a_reason_may_be_a_text_or_missing(sns):
    # As of a task whose worker is lost.
    notices.on_failure(context("the worker was lost"))
    notices.on_failure(context())
    assert text(sns.published[0]).endswith("\n\nthe worker was lost")
    assert text(sns.published[1]).endswith("Try: 2 of 3")


@pytest.mark.parametrize(
    ("callback", "params", "sent"),
    [
        (notices.on_failure, {}, 1),
        (notices.on_failure, {"email_on_failure": True}, 1),
        (notices.on_failure, {"email_on_failure": False, "email_on_retry": True}, 0),
        (notices.on_retry, {}, 0),
        (notices.on_retry, {"email_on_retry": False, "email_on_failure": True}, 0),
        (notices.on_retry, {"email_on_retry": True}, 1),
    ],
)
def test_a_run_switches_its_notices(sns, callback, params, sent):
    callback(context(**params))
    assert len(sns.published) == sent


def test_a_retry_says_that_it_is_one(sns):
    notices.on_retry(context(email_on_retry=True))
    assert sns.published[0]["Subject"] == "Airflow: a_dag a_task will be tried again"


def test_the_switches_are_true_and_false_by_default():
    params = notices.params()
    assert {name: param.value for name, param in params.items()} == {
        "email_on_failure": True,
        "email_on_retry": False,
    }
    with pytest.raises(Exception, match="boolean"):
        params["email_on_failure"].resolve("yes")


def test_a_subject_is_as_sns_takes_it(sns):
    # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    notices.on_failure(context(task_id="t" * 200))
    subject = sns.published[0]["Subject"]
    assert len(subject) == 100
    assert subject.isascii() and subject.isprintable()


def test_a_long_reason_is_cut(sns):
    notices.on_failure(context(ValueError("x" * 300_000)))
    assert len(text(sns.published[0])) < 3000


def test_templates_in_a_reason_are_text(sns):
    notices.on_failure(context(ValueError("{{ 7 * 7 }} {% raise %}")))
    assert "{{ 7 * 7 }} {% raise %}" in text(sns.published[0])


@pytest.mark.parametrize("missing", ["AIRFLOW_VAR_SNS_TOPIC_ARN", "AIRFLOW_VAR_REGION"])
def test_a_missing_variable_is_logged_and_no_error(sns, monkeypatch, caplog, missing):
    monkeypatch.delenv(missing)
    monkeypatch.setattr(notices.Variable, "get", staticmethod(_variable))
    with caplog.at_level(logging.ERROR):
        notices.on_failure(context())
    assert sns.published == []
    assert "could not be sent" in caplog.text


def _variable(name: str) -> str:
    import os

    return os.environ[f"AIRFLOW_VAR_{name}"]


def test_a_refused_notice_is_logged_and_no_error(sns, monkeypatch, caplog):
    monkeypatch.setattr(sns, "Publish", lambda **_: sns.refuse("AuthorizationError", "no Publish"))
    with caplog.at_level(logging.ERROR):
        notices.on_failure(context())
    assert "no Publish" in caplog.text


def test_a_context_without_anything_is_no_error(sns, caplog):
    with caplog.at_level(logging.ERROR):
        notices.on_failure({})
    assert sns.published == []
    assert "could not be sent" in caplog.text


SECRET = "hush-hush-123"


@pytest.mark.parametrize(
    "told",
    [
        f"password={SECRET}",
        f'{{"Password": "{SECRET}"}}',
        f"aws_secret_access_key = {SECRET}",
        f"SecretString: {SECRET}",
        f"the token: {SECRET}, and more",
        f"Authorization: Bearer {SECRET}",
        f"GET https://b.s3/k?X-Amz-Signature={SECRET}&a=1",
        f"GET https://b.s3/k?X-Amz-Security-Token={SECRET}",
        f"GET https://b.s3/k?X-Amz-Credential={SECRET}",
        f"jdbc:redshift://me:{SECRET}@host/db",
    ],
)
def test_no_secret_is_told(sns, told):
    notices.on_failure(context(ValueError(told)))
    assert SECRET not in sns.published[0]["Message"]
    assert "***" in sns.published[0]["Message"]


def test_access_keys_are_not_told(sns):
    notices.on_failure(context(ValueError("key ASIAQWERTYUIOPASDFGH of x, AKIAQWERTYUIOPASDFGH")))
    assert "QWERTY" not in sns.published[0]["Message"]


def test_what_airflow_masks_is_not_told(sns):
    from airflow.sdk.log import mask_secret

    mask_secret("my-masked-value")
    notices.on_failure(context(ValueError("it is my-masked-value")))
    assert "my-masked-value" not in sns.published[0]["Message"]


def test_what_is_no_secret_is_told_as_it_is(sns):
    reason = (
        "Execution ex-1 is FAILED: ValueError: CATEGORIES is ['X']: no reviews are there of 'X'. "
        "Executed notebook: s3://data/notebook-output/a b/find_best_sellers.ipynb"
    )
    notices.on_failure(context(ValueError(reason)))
    assert text(sns.published[0]).endswith(reason)
