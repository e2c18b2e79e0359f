"""Provisioned clusters of Redshift: their life, their settings, and SQL on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from running import ACCOUNT, REGION, Cloud, allow, unique, until
from test_auth import refused
from test_redshift_sessions import Sessions

SMALL = {"NodeType": "ra3.large", "MasterUsername": "awsuser", "ManageMasterPassword": True}
TASKS = "airflow-env.amazonaws.com"


def arn(kind: str, name: str) -> str:
    """The ARN of something of Redshift's."""
    return f"arn:aws:redshift:{REGION}:{ACCOUNT}:{kind}:{name}"


def state_of(redshift: Any, name: str) -> str:
    """The state of a cluster; empty where there is none."""
    try:
        return redshift.describe_clusters(ClusterIdentifier=name)["Clusters"][0]["ClusterStatus"]
    except redshift.exceptions.ClusterNotFoundFault:
        return ""


def settled(redshift: Any, name: str, state: str = "available") -> None:
    """Wait until a cluster is in a state."""
    until(lambda: state_of(redshift, name) == state)


class OnCluster(Sessions):
    """A cluster, and a role for its COPY."""

    principals = "redshift.amazonaws.com"

    def created(self) -> dict[str, str]:
        """Create it; how a request names it."""
        self.redshift = self.cloud.client("redshift")
        self.redshift.create_cluster(
            ClusterIdentifier=self.name,
            IamRoles=[self.role],
            DefaultIamRoleArn=self.role,
            **SMALL,
        )
        settled(self.redshift, self.name)
        return {"ClusterIdentifier": self.name, "DbUser": "awsuser"}


@pytest.fixture(scope="module")
def cluster(cloud: Cloud) -> OnCluster:
    return OnCluster(cloud)


def test_life_of_a_cluster(cloud: Cloud) -> None:
    redshift, name = cloud.client("redshift"), unique("life")
    tags = [{"Key": "stack", "Value": "a & b"}]
    made = redshift.create_cluster(ClusterIdentifier=name, DBName="analytics", Tags=tags, **SMALL)
    assert made["Cluster"]["ClusterStatus"] == "creating"
    assert "Endpoint" not in made["Cluster"]
    again = refused(redshift.create_cluster, ClusterIdentifier=name, **SMALL)
    assert again[0] == "ClusterAlreadyExists"
    settled(redshift, name)
    [found] = redshift.describe_clusters(ClusterIdentifier=name)["Clusters"]
    assert found["Endpoint"]["Address"].startswith(f"{name}.")
    assert (found["DBName"], found["Encrypted"], found["NumberOfNodes"]) == ("analytics", True, 1)
    assert found["MasterPasswordSecretArn"].startswith("arn:aws:secretsmanager:")
    assert found["Tags"] == tags
    unsaid = refused(redshift.delete_cluster, ClusterIdentifier=name)
    assert unsaid[0] == "InvalidParameterCombination"
    gone = {"ClusterIdentifier": name, "SkipFinalClusterSnapshot": True}
    both = refused(redshift.delete_cluster, **gone, FinalClusterSnapshotIdentifier="last")
    assert both[0] == "InvalidParameterCombination"
    assert redshift.delete_cluster(**gone)["Cluster"]["ClusterStatus"] == "deleting"
    settled(redshift, name, "")
    assert refused(redshift.delete_cluster, **gone)[0] == "ClusterNotFound"


@pytest.mark.full
def test_a_final_snapshot_is_kept_until_it_is_deleted(cloud: Cloud) -> None:
    redshift, name, last = cloud.client("redshift"), unique("kept"), unique("last")
    redshift.create_cluster(ClusterIdentifier=name, **SMALL)
    settled(redshift, name)
    kept = {"ClusterIdentifier": name, "FinalClusterSnapshotIdentifier": last}
    deleted = redshift.delete_cluster(**kept)["Cluster"]
    assert deleted["ClusterStatus"] == "final-snapshot"
    assert deleted["ClusterAvailabilityStatus"] == "Modifying"
    settled(redshift, name, "")
    [found] = redshift.describe_cluster_snapshots(ClusterIdentifier=name)["Snapshots"]
    assert (found["SnapshotIdentifier"], found["Status"]) == (last, "available")
    assert last in cloud.inventory()["redshift"]["snapshots"]
    redshift.create_cluster(ClusterIdentifier=name, **SMALL)
    settled(redshift, name)
    assert refused(redshift.delete_cluster, **kept)[0] == "ClusterSnapshotAlreadyExists"
    redshift.delete_cluster(ClusterIdentifier=name, SkipFinalClusterSnapshot=True)
    redshift.delete_cluster_snapshot(SnapshotIdentifier=last)
    gone = refused(redshift.describe_cluster_snapshots, SnapshotIdentifier=last)
    assert gone[0] == "ClusterSnapshotNotFound"


@pytest.mark.full
def test_a_cluster_is_paused_resumed_rebooted_and_resized(cloud: Cloud) -> None:
    warehouse = OnCluster(cloud)
    redshift, name = warehouse.redshift, warehouse.name
    warehouse.run("CREATE TABLE kept (a INT)")
    assert redshift.pause_cluster(ClusterIdentifier=name)["Cluster"]["ClusterStatus"] == "pausing"
    settled(redshift, name, "paused")
    message = refused(warehouse.data.execute_statement, Sql="SELECT 1", **warehouse.target)[1]
    assert "is paused" in message
    resize = {"ClusterIdentifier": name, "NodeType": "ra3.xlplus", "NumberOfNodes": 2}
    for call, more in (
        (redshift.modify_cluster, resize),
        (redshift.reboot_cluster, {"ClusterIdentifier": name}),
        (redshift.disable_logging, {"ClusterIdentifier": name}),
    ):
        assert refused(call, **more)[0] == "InvalidClusterState"
    redshift.resume_cluster(ClusterIdentifier=name)
    settled(redshift, name)
    assert refused(redshift.resume_cluster, ClusterIdentifier=name)[0] == "InvalidClusterState"
    resized = redshift.modify_cluster(**resize)["Cluster"]
    assert (resized["ClusterStatus"], resized["NodeType"]) == ("resizing", "ra3.large")
    assert resized["ClusterAvailabilityStatus"] == "Modifying"
    assert resized["PendingModifiedValues"] == {"NodeType": "ra3.xlplus", "NumberOfNodes": 2}
    settled(redshift, name)
    [found] = redshift.describe_clusters(ClusterIdentifier=name)["Clusters"]
    roles = [node["NodeRole"] for node in found["ClusterNodes"]]
    assert (found["NodeType"], roles) == ("ra3.xlplus", ["LEADER", "COMPUTE-0", "COMPUTE-1"])
    redshift.reboot_cluster(ClusterIdentifier=name)
    settled(redshift, name)
    assert warehouse.rows("SELECT * FROM kept") == []


#: What AWS refuses of a new cluster, the error, and what its message names.
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"ClusterIdentifier": "9lives"}, "InvalidParameterValue", "9lives"),
    ({"ClusterIdentifier": "a--b"}, "InvalidParameterValue", "a--b"),
    ({"ClusterIdentifier": "a-"}, "InvalidParameterValue", "a-"),
    ({"DBName": "Movies"}, "InvalidParameterValue", "Movies"),
    ({"DBName": "select"}, "InvalidParameterValue", "reserved"),
    ({"MasterUsername": "public"}, "InvalidParameterValue", "public"),
    ({"MasterUserPassword": "Abcdefg1"}, "InvalidParameterCombination", "ManageMasterPassword"),
    ({"ManageMasterPassword": False}, "InvalidParameterCombination", "MasterUserPassword"),
    (
        {"ManageMasterPassword": False, "MasterUserPassword": "abcdefgh"},
        "InvalidParameterValue",
        "uppercase",
    ),
    ({"NodeType": "ra3.tiny"}, "InvalidParameterValue", "ra3.tiny"),
    ({"NodeType": "rg.large"}, "UnsupportedOptionFault", "rg.large"),
    ({"NumberOfNodes": 17}, "InvalidParameterValue", "17"),
    ({"NodeType": "ra3.4xlarge"}, "InvalidParameterValue", "from 2"),
    ({"ClusterType": "multi-node"}, "InvalidParameterCombination", "multi-node"),
    ({"Encrypted": False}, "InvalidParameterValue", "Encrypted"),
    ({"Port": 1234}, "InvalidParameterValue", "1234"),
    ({"AutomatedSnapshotRetentionPeriod": 0}, "InvalidParameterValue", "from 1 to 35"),
    ({"ManualSnapshotRetentionPeriod": 0}, "InvalidRetentionPeriodFault", "3653"),
    ({"PreferredMaintenanceWindow": "mon:10:00-mon:10:10"}, "InvalidParameterValue", "30 minutes"),
    ({"MaintenanceTrackName": "past"}, "InvalidClusterTrack", "past"),
    ({"ClusterSubnetGroupName": "none"}, "ClusterSubnetGroupNotFoundFault", "none"),
    ({"ClusterParameterGroupName": "none"}, "ClusterParameterGroupNotFound", "none"),
    ({"VpcSecurityGroupIds": ["sg-none"]}, "InvalidParameterValue", "sg-none"),
    ({"IamRoles": [f"arn:aws:iam::{ACCOUNT}:role/none"]}, "InvalidParameterValue", "role/none"),
    ({"KmsKeyId": "none"}, "InvalidParameterValue", "none"),
    ({"MultiAZ": True}, "UnsupportedOptionFault", "MultiAZ"),
    ({"Tags": [{"Key": "aws:a", "Value": "b"}]}, "InvalidTagFault", "aws:a"),
    ({"NodeType": None}, "InvalidParameterValue", "nodeType"),
]


@pytest.mark.full
@pytest.mark.parametrize(("more", "code", "said"), REFUSED, ids=str)
def test_what_a_new_cluster_may_not_be(
    cloud: Cloud, more: dict[str, Any], code: str, said: str
) -> None:
    redshift = cloud.client("redshift")
    given = {"ClusterIdentifier": unique("wrong"), **SMALL, **more}
    given = {key: value for key, value in given.items() if value is not None}
    found, message = refused(redshift.create_cluster, **given)
    assert (found, said in message) == (code, True), message


@pytest.mark.full
def test_a_role_is_passed_to_a_cluster(cloud: Cloud) -> None:
    role, name = cloud.role("redshift.amazonaws.com"), unique("passed")
    for statements, missing in (
        ([], f"redshift:CreateCluster on resource: {arn('cluster', name)}"),
        ([allow("redshift:CreateCluster", arn("cluster", name))], f"PassRole on resource: {role}"),
    ):
        keys = cloud.as_role(cloud.role(TASKS, statements), TASKS)
        redshift = cloud.client("redshift", keys)
        given = {"ClusterIdentifier": name, "IamRoles": [role], **SMALL}
        code, message = refused(redshift.create_cluster, **given)
        assert (code, missing in message) == ("AccessDenied", True), message


@pytest.mark.full
def test_roles_of_a_cluster_are_changed(cluster: OnCluster) -> None:
    redshift, name = cluster.redshift, cluster.name
    other = cluster.cloud.role("redshift.amazonaws.com")
    try:
        added = {"AddIamRoles": [other], "DefaultIamRoleArn": other}
        found = redshift.modify_cluster_iam_roles(ClusterIdentifier=name, **added)["Cluster"]
        assert [one["IamRoleArn"] for one in found["IamRoles"]] == [cluster.role, other]
        assert found["DefaultIamRoleArn"] == other
        removed = {"RemoveIamRoles": [other], "DefaultIamRoleArn": other}
        code, _ = refused(redshift.modify_cluster_iam_roles, ClusterIdentifier=name, **removed)
        assert code == "InvalidParameterValue"
    finally:
        back = {"RemoveIamRoles": [other], "DefaultIamRoleArn": cluster.role}
        redshift.modify_cluster_iam_roles(ClusterIdentifier=name, **back)


@pytest.mark.full
def test_temporary_credentials(cluster: OnCluster) -> None:
    redshift, name = cluster.redshift, cluster.name
    found = redshift.get_cluster_credentials(
        ClusterIdentifier=name, DbUser="awsuser", DbName="dev", DurationSeconds=1800
    )
    assert found["DbUser"] == "IAM:awsuser"
    keys = cluster.cloud.as_role(
        cluster.cloud.role(
            TASKS, [allow("redshift:GetClusterCredentials", arn("dbuser", f"{name}/awsuser"))]
        ),
        TASKS,
    )
    client = cluster.cloud.client("redshift", keys)
    client.get_cluster_credentials(ClusterIdentifier=name, DbUser="awsuser")
    given = {"ClusterIdentifier": name, "DbUser": "awsuser", "DbName": "dev"}
    code, message = refused(client.get_cluster_credentials, **given)
    assert (code, arn("dbname", f"{name}/dev") in message) == ("AccessDenied", True)
    code, _ = refused(client.get_cluster_credentials_with_iam, ClusterIdentifier=name)
    assert code == "AccessDenied"
    short = {"ClusterIdentifier": name, "DbUser": "awsuser", "DurationSeconds": 60}
    assert refused(redshift.get_cluster_credentials, **short)[0] == "InvalidParameterValue"


@pytest.mark.full
@pytest.mark.parametrize(
    "call",
    [
        lambda one: one.restore_from_cluster_snapshot(
            ClusterIdentifier="a", SnapshotIdentifier="b"
        ),
        lambda one: one.authorize_data_share(DataShareArn="a", ConsumerIdentifier="b"),
        lambda one: one.create_usage_limit(
            ClusterIdentifier="a", FeatureType="spectrum", LimitType="time", Amount=1
        ),
    ],
)
def test_what_is_not_there_is_refused(cloud: Cloud, call: Callable[[Any], Any]) -> None:
    with pytest.raises(ClientError, match="the local cloud has no operation"):
        call(cloud.client("redshift"))


@pytest.mark.full
def test_a_cluster_keeps_its_network(cluster: OnCluster) -> None:
    """Nothing that a cluster has a network interface in can be deleted."""
    ec2 = cluster.cloud.client("ec2")
    [found] = cluster.redshift.describe_clusters(ClusterIdentifier=cluster.name)["Clusters"]
    group = found["VpcSecurityGroups"][0]["VpcSecurityGroupId"]
    assert refused(ec2.delete_security_group, GroupId=group)[0] == "DependencyViolation"


@pytest.mark.full
def test_conditions_look_at_tags_and_at_the_database_user(cluster: OnCluster) -> None:
    redshift, name = cluster.redshift, cluster.name
    own = arn("cluster", name)
    redshift.create_tags(ResourceName=own, Tags=[{"Key": "team", "Value": "data"}])
    user = {"redshift:DbUser": ["reader", "awsuser"]}
    statements = [
        allow("redshift:Describe*", Condition={"StringEquals": {"aws:ResourceTag/team": "data"}}),
        allow("redshift:GetClusterCredentials", Condition={"StringEquals": user}),
    ]
    client = cluster.cloud.client(
        "redshift", cluster.cloud.as_role(cluster.cloud.role(TASKS, statements), TASKS)
    )
    assert client.describe_clusters(ClusterIdentifier=name)["Clusters"]
    named = {"ClusterIdentifier": name}
    client.get_cluster_credentials(**named, DbUser="reader")
    assert refused(client.get_cluster_credentials, **named, DbUser="other")[0] == "AccessDenied"
    redshift.delete_tags(ResourceName=own, TagKeys=["team"])
    assert refused(client.describe_clusters, **named)[0] == "AccessDenied"


@pytest.mark.full
def test_users_are_created_and_dropped_by_the_administrator(cluster: OnCluster) -> None:
    def said(sql: str, **more: str) -> str:
        ended = cluster.run(sql, **more)
        return ended.get("Error", ended["Status"])

    assert said("CREATE USER maker WITH PASSWORD DISABLE") == "FINISHED"
    assert said("CREATE USER maker PASSWORD DISABLE") == 'ERROR: user "maker" already exists'
    assert "uppercase" in said("CREATE USER weak PASSWORD 'abcdefgh1'")
    assert "does not support CREATE USER" in said("CREATE USER other PASSWORD DISABLE CREATEUSER")
    assert "must be superuser" in said("CREATE USER other PASSWORD DISABLE", DbUser="maker")
    assert said("CREATE TABLE made_by_maker (a INT)", DbUser="maker") == "FINISHED"
    assert "some objects depend on it" in said("DROP USER maker")
    assert said("DROP TABLE made_by_maker", DbUser="maker") == "FINISHED"
    assert said("DROP USER maker") == "FINISHED"
    assert said("DROP USER IF EXISTS maker") == "FINISHED"
    assert said("DROP USER maker") == 'ERROR: user "maker" does not exist'


@pytest.mark.full
def test_a_password_is_managed_or_given(cloud: Cloud) -> None:
    redshift, name = cloud.client("redshift"), unique("password")
    redshift.create_cluster(ClusterIdentifier=name, **SMALL)
    settled(redshift, name)
    changed = {"ClusterIdentifier": name}
    for more in (
        {"ManageMasterPassword": False},
        {"ManageMasterPassword": True, "MasterUserPassword": "Abcdefg1"},
    ):
        code, _ = refused(redshift.modify_cluster, **changed, **more)
        assert code == "InvalidParameterCombination"
    found = redshift.modify_cluster(**changed, MasterUserPassword="Abcdefg1")["Cluster"]
    assert "MasterPasswordSecretArn" not in found
    found = redshift.modify_cluster(**changed, ManageMasterPassword=True)["Cluster"]
    assert found["MasterPasswordSecretArn"].startswith("arn:aws:secretsmanager:")
    cloud.saved()
    saved = (cloud.folder / "state" / "services" / "redshift.json").read_text()
    assert name in saved and "Abcdefg1" not in saved
