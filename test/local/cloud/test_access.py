"""Which grant let a call through, and what a refused call needs."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest
from botocore.exceptions import ClientError
from running import ACCOUNT, REGION, Cloud, allow, unique

GLUE = "glue.amazonaws.com"


def access(cloud: Cloud, since: int = 0) -> dict[str, Any]:
    """What the cloud knows."""
    status, content = cloud.get(
        f"/_local/access?since={since}", {"Authorization": f"Bearer {cloud.token}"}
    )
    assert status == 200, content
    return content


def uses(cloud: Cloud, role: str) -> dict[tuple[str, str, str], tuple[int, int]]:
    """How often each grant of a role was used: called, checked."""
    name = role.rsplit("/", 1)[-1]
    return {
        (grant["statement"], grant["action"], grant["resource"]): (
            grant["called"],
            grant["checked"],
        )
        for grant in access(cloud)["grants"]
        if grant["role"] == name
    }


def test_nobody_else_sees_it(cloud: Cloud) -> None:
    for authorization in ("", "Bearer ", f"Bearer {cloud.token}x", cloud.token):
        status, _ = cloud.get("/_local/access", {"Authorization": authorization})
        assert status == 403


def test_a_call_counts_for_the_grants_that_allow_it_and_no_others(cloud: Cloud) -> None:
    bucket = cloud.bucket(**{"in/a": "1", "out/b": "2"})
    arn = f"arn:aws:s3:::{bucket}"
    role = cloud.role(
        GLUE,
        [
            allow(["s3:GetObject", "s3:PutObject"], [f"{arn}/in/*", f"{arn}/out/*"], Sid="Data"),
            allow("s3:GetObject", f"{arn}/*", Sid="Everything"),
            allow(
                "s3:ListBucket",
                arn,
                Sid="Listed",
                Condition={"StringLike": {"s3:prefix": "in/*"}},
            ),
            allow(
                "s3:ListBucket",
                arn,
                Sid="Elsewhere",
                Condition={"StringLike": {"s3:prefix": "out/*"}},
            ),
        ],
    )
    s3 = cloud.client("s3", cloud.as_role(role, GLUE))
    s3.get_object(Bucket=bucket, Key="in/a")
    s3.head_object(Bucket=bucket, Key="in/a")
    s3.list_objects_v2(Bucket=bucket, Prefix="in/")
    assert uses(cloud, role) == {
        ("Data", "s3:GetObject", f"{arn}/in/*"): (2, 0),
        ("Data", "s3:GetObject", f"{arn}/out/*"): (0, 0),
        ("Data", "s3:PutObject", f"{arn}/in/*"): (0, 0),
        ("Data", "s3:PutObject", f"{arn}/out/*"): (0, 0),
        ("Everything", "s3:GetObject", f"{arn}/*"): (2, 0),
        ("Listed", "s3:ListBucket", arn): (1, 0),
        ("Elsewhere", "s3:ListBucket", arn): (0, 0),
    }


def test_grants_of_the_managed_policies_that_a_role_has_count_as_well(cloud: Cloud) -> None:
    bucket = cloud.bucket(**{"in/a": "1"})
    arn = f"arn:aws:s3:::{bucket}"
    role = cloud.role(GLUE, [allow("s3:PutObject", f"{arn}/*", Sid="Inline")])
    iam, name = cloud.client("iam"), role.rsplit("/", 1)[-1]
    document = {
        "Version": "2012-10-17",
        "Statement": [allow("s3:GetObject", f"{arn}/*", Sid="Managed")],
    }
    policy = iam.create_policy(
        PolicyName=unique("own"), Path="/data/", PolicyDocument=json.dumps(document)
    )["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    iam.attach_role_policy(
        RoleName=name, PolicyArn="arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"
    )
    cloud.client("s3", cloud.as_role(role, GLUE)).get_object(Bucket=bucket, Key="in/a")
    assert uses(cloud, role) == {
        ("Inline", "s3:PutObject", f"{arn}/*"): (0, 0),
        ("Managed", "s3:GetObject", f"{arn}/*"): (1, 0),
    }
    # The next version is what counts from then on.
    document["Statement"][0]["Resource"] = f"{arn}/out/*"
    iam.create_policy_version(
        PolicyArn=policy, PolicyDocument=json.dumps(document), SetAsDefault=True
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        cloud.client("s3", cloud.as_role(role, GLUE)).get_object(Bucket=bucket, Key="in/a")
    assert ("Managed", "s3:GetObject", f"{arn}/out/*") in uses(cloud, role)


def test_a_grant_on_all_but_something_is_shown_as_such(cloud: Cloud) -> None:
    bucket = cloud.bucket(a="1")
    statement = {
        "Sid": "NotMine",
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "NotResource": "arn:aws:s3:::other/*",
    }
    role = cloud.role(GLUE, [statement])
    cloud.client("s3", cloud.as_role(role, GLUE)).get_object(Bucket=bucket, Key="a")
    assert uses(cloud, role) == {("NotMine", "s3:GetObject", "not arn:aws:s3:::other/*"): (1, 0)}


def test_what_a_service_asks_in_a_roles_place_is_told_apart(cloud: Cloud) -> None:
    passed = cloud.role(GLUE)
    bucket = cloud.bucket(**{"job.py": "pass"})
    job = f"arn:aws:glue:{REGION}:{ACCOUNT}:job/*"
    role = cloud.role(
        GLUE, [allow("glue:CreateJob", job, Sid="Make"), allow("iam:PassRole", passed)]
    )
    glue = cloud.client("glue", cloud.as_role(role, GLUE))
    glue.create_job(
        Name="told-apart",
        Role=passed,
        Command={"Name": "glueetl", "ScriptLocation": f"s3://{bucket}/job.py"},
    )
    found = uses(cloud, role)
    assert found["Make", "glue:CreateJob", job] == (1, 0)
    assert found["", "iam:PassRole", passed] == (0, 1)
    (grant,) = [
        grant
        for grant in access(cloud)["grants"]
        if grant["role"] == role.rsplit("/", 1)[-1] and grant["action"] == "iam:PassRole"
    ]
    assert grant["examples"] == [{"how": "checked", "resource": passed, "by": "glue:CreateJob"}]


@pytest.mark.parametrize(
    ("statements", "near"),
    [
        ([], "(no statement of the role has s3:GetObject)"),
        (
            [allow("s3:GetObject", "arn:aws:s3:::other/*", Sid="Other")],
            "(Other: for other resources)",
        ),
        (
            [
                allow(
                    "s3:GetObject",
                    "*",
                    Sid="Cautious",
                    Condition={"StringEquals": {"s3:ExistingObjectTag/a": "b"}},
                )
            ],
            "(Cautious: for other resources, or other values of s3:ExistingObjectTag/a)",
        ),
    ],
)
def test_a_refusal_says_what_is_needed(
    cloud: Cloud, statements: list[dict[str, Any]], near: str
) -> None:
    bucket = cloud.bucket(a="1")
    role = cloud.role(GLUE, statements)
    name = role.rsplit("/", 1)[-1]
    before = access(cloud)["last"]
    with pytest.raises(ClientError) as caught:
        cloud.client("s3", cloud.as_role(role, GLUE)).get_object(Bucket=bucket, Key="a")
    arn = f"arn:aws:s3:::{bucket}/a"
    needed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": arn}
    message = caught.value.response["Error"]["Message"]
    assert message == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{name}/glue is not authorized to perform: "
        f"s3:GetObject on resource: {arn} because no identity-based policy allows the "
        f"s3:GetObject action; needed in role {name}: {json.dumps(needed)} {near}"
    )
    (denial,) = access(cloud, before)["denials"]
    assert (denial["role"], denial["action"], denial["resource"]) == (name, "s3:GetObject", arn)
    assert message.endswith(denial["needed"])


def test_an_explicit_denial_needs_nothing_added(cloud: Cloud) -> None:
    bucket = cloud.bucket(a="1")
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
    role = cloud.role(GLUE, [allow("s3:GetObject"), deny])
    with pytest.raises(ClientError) as caught:
        cloud.client("s3", cloud.as_role(role, GLUE)).get_object(Bucket=bucket, Key="a")
    message = caught.value.response["Error"]["Message"]
    assert "explicit deny" in message
    assert "needed" not in message


def test_notes_outlive_a_stop_and_end_with_the_policy(fresh: Cloud) -> None:
    fresh.start()
    bucket = fresh.bucket(a="1")
    role = fresh.role(GLUE, [allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*", Sid="Read")])
    keys = fresh.as_role(role, GLUE)
    fresh.client("s3", keys).get_object(Bucket=bucket, Key="a")
    with pytest.raises(ClientError):
        fresh.client("s3", keys).put_object(Bucket=bucket, Key="b", Body=b"")
    before = access(fresh)
    fresh.stop()
    fresh.start()
    assert access(fresh) == before
    assert list(uses(fresh, role).values()) == [(1, 0)]
    assert [denial["action"] for denial in before["denials"]] == ["s3:PutObject"]
    name = role.rsplit("/", 1)[-1]
    fresh.client("iam").delete_role_policy(RoleName=name, PolicyName="rights")
    assert uses(fresh, role) == {}
    assert "access" not in fresh.inventory()


def test_what_iam_has_no_name_for_is_not_for_roles(cloud: Cloud) -> None:
    role = cloud.role(GLUE, [allow("s3:*")])
    access_key, secret, token = cloud.as_role(role, GLUE)
    import botocore.auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest("GET", f"{cloud.url}/2099-01-01/nothing-of-secrets")
    botocore.auth.SigV4Auth(
        Credentials(access_key, secret, token), "secretsmanager", REGION
    ).add_auth(request)
    with pytest.raises(Exception, match="403"):
        urlopen(Request(request.url, headers=dict(request.headers)), timeout=10)


def test_the_administrator_takes_no_role(cloud: Cloud) -> None:
    role = cloud.role(GLUE)
    with pytest.raises(ClientError) as caught:
        cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="root")
    assert caught.value.response["Error"]["Code"] == "AccessDenied"


def test_refusals_of_another_dags_tasks_are_told_apart(cloud: Cloud) -> None:
    bucket = cloud.bucket(a="1")
    keys = cloud.as_role(cloud.role(GLUE), GLUE)
    since = access(cloud)["last"]
    # As the amazon provider's hooks name the DAG; outside of a task they know none.
    agents = [f"DagRunKey/{uuid5(NAMESPACE_OID, dag)}" for dag in ("own", "other")]
    for agent in (*agents, f"DagRunKey/{UUID(int=0)}", "plain"):
        s3 = cloud.client("s3", keys, user_agent_extra=agent)
        with pytest.raises(ClientError):
            s3.get_object(Bucket=bucket, Key="a")

    def others(dag: str) -> list[bool]:
        denials = access(cloud, f"{since}&dag={dag}")["denials"]
        return [denial["ofOtherDag"] for denial in denials]

    assert others("own") == [False, True, False, False]
    assert others("other") == [True, False, False, False]
    assert others("") == [False] * 4
