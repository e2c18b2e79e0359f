"""EMR: clusters live as on AWS, and their steps really run, as the role of the nodes."""

from __future__ import annotations

import gzip
import json
import os
import random
import shlex
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest
from running import ACCOUNT, REGION, Cloud, allow, unique, until
from test_auth import refused

EMR = "elasticmapreduce.amazonaws.com"
EC2 = "ec2.amazonaws.com"

#: Counts and sums numbers of CSV files by their remainder, into Parquet.
SUMS = """
import sys
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

source, target = sys.argv[1:]
spark = SparkSession.builder.getOrCreate()
rows = spark.read.csv(source, header=True, schema="k INT, v BIGINT")
sums = rows.groupBy((F.col("k") % 7).alias("r")).agg(F.count("*").alias("n"), F.sum("v").alias("s"))
sums.write.mode("overwrite").parquet(target)
print("rows", rows.count())
"""


class Clusters:
    """What clusters need, and what one asks of them."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.emr = cloud.client("emr")
        self.s3 = cloud.client("s3")
        self.bucket = cloud.bucket()
        self.node_role = cloud.role(
            EC2,
            [
                allow(
                    ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                    [f"arn:aws:s3:::{self.bucket}/{p}*" for p in ("in/", "out", "jobs/", "logs/")],
                ),
                allow("s3:ListBucket", f"arn:aws:s3:::{self.bucket}"),
            ],
        )
        self.profile = self.node_role.rsplit("/", 1)[-1]
        self.instance_profile(self.profile, self.profile)
        self.service_role = cloud.role(
            EMR, [allow("ec2:RunInstances"), allow("iam:PassRole", self.node_role)]
        )

    def instance_profile(self, name: str, role: str | None) -> None:
        iam = self.cloud.client("iam")
        iam.create_instance_profile(InstanceProfileName=name)
        if role:
            iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)

    def request(self, **more: Any) -> dict[str, Any]:
        """A request for a cluster that waits for steps."""
        instances = {
            "KeepJobFlowAliveWhenNoSteps": True,
            "InstanceGroups": [
                {"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1},
                {"InstanceRole": "CORE", "InstanceType": "m5.xlarge", "InstanceCount": 2},
            ],
            **more.pop("Instances", {}),
        }
        request = {
            "Name": unique("cluster"),
            "ReleaseLabel": "emr-7.13.0",
            "LogUri": f"s3://{self.bucket}/logs/",
            "Applications": [{"Name": "Spark"}],
            "Instances": instances,
            "JobFlowRole": self.profile,
            "ServiceRole": self.service_role,
            **more,
        }
        return {key: value for key, value in request.items() if value is not None}

    def start(self, **more: Any) -> str:
        """Start a cluster; its id."""
        return self.emr.run_job_flow(**self.request(**more))["JobFlowId"]

    def up(self, **more: Any) -> str:
        """A cluster that waits."""
        identifier = self.start(**more)
        self.until(identifier, "WAITING")
        return identifier

    def status(self, cluster: str) -> dict[str, Any]:
        return self.emr.describe_cluster(ClusterId=cluster)["Cluster"]["Status"]

    def until(self, cluster: str, *states: str) -> dict[str, Any]:
        """A cluster's status when it is in one of the states."""

        def reached() -> Any:
            status = self.status(cluster)
            return status["State"] in states and status

        return until(reached, 60)

    def add(self, cluster: str, *args: str, **more: Any) -> str:
        """Add a step that runs a command; its id."""
        step = command(*args, **more)
        return self.emr.add_job_flow_steps(JobFlowId=cluster, Steps=[step])["StepIds"][0]

    def step(self, cluster: str, step: str) -> dict[str, Any]:
        return self.emr.describe_step(ClusterId=cluster, StepId=step)["Step"]["Status"]

    def step_until(self, cluster: str, step: str, *states: str) -> dict[str, Any]:
        def reached() -> Any:
            status = self.step(cluster, step)
            return status["State"] in states and status

        return until(reached, 120)

    def ended(self, cluster: str, step: str) -> dict[str, Any]:
        return self.step_until(cluster, step, "COMPLETED", "FAILED", "CANCELLED", "INTERRUPTED")

    def run(self, cluster: str, *args: str, **more: Any) -> dict[str, Any]:
        """Run a command as a step; its status at the end."""
        return self.ended(cluster, self.add(cluster, *args, **more))

    def put(self, key: str, text: str) -> str:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=text.encode())
        return f"s3://{self.bucket}/{key}"

    def log(self, cluster: str, step: str, name: str) -> str:
        """A file of a step's log."""
        key = f"logs/{cluster}/steps/{step}/{name}.gz"
        body = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return gzip.decompress(body).decode()

    def rows(self, prefix: str) -> list[tuple]:
        """The rows of all Parquet files under a prefix, read without Spark."""
        found = []
        for entry in self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix)["Contents"]:
            if entry["Key"].endswith(".parquet"):
                body = self.s3.get_object(Bucket=self.bucket, Key=entry["Key"])["Body"].read()
                file = self.cloud.folder / f"{unique('part')}.parquet"
                file.write_bytes(body)
                found += duckdb.sql(f"SELECT * FROM '{file}'").fetchall()
        return sorted(found)


def command(*args: str, **more: Any) -> dict[str, Any]:
    """A step that runs a command."""
    return {
        "Name": unique("step"),
        "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {"Jar": "command-runner.jar", "Args": list(args)},
        **more,
    }


def shell(text: str) -> tuple[str, str, str]:
    return "bash", "-c", text


def alive(pid: int) -> bool:
    """Whether a process is there, and no mere entry of one that ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True
    return state != "Z"


def pid_in(file: Path) -> int:
    """The process id that a step wrote."""
    return int(until(lambda: file.exists() and file.read_text().strip()))


@pytest.fixture(scope="module")
def clusters(cloud: Cloud) -> Clusters:
    return Clusters(cloud)


@pytest.fixture(scope="module")
def waiting(clusters: Clusters) -> str:
    """A cluster for tests that leave it waiting."""
    return clusters.up()


# Clusters.


def test_a_cluster_comes_up_waits_and_ends(clusters: Clusters) -> None:
    made = clusters.emr.run_job_flow(**clusters.request(Tags=[{"Key": "a", "Value": "b"}]))
    cluster = made["JobFlowId"]
    arn = f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:cluster/{cluster}"
    assert made["ClusterArn"] == arn
    seen: list[str] = []

    def waits() -> bool:
        state = clusters.status(cluster)["State"]
        if state not in seen[-1:]:
            seen.append(state)
        return state == "WAITING"

    until(waits)
    assert seen == ["STARTING", "BOOTSTRAPPING", "WAITING"]
    described = clusters.emr.describe_cluster(ClusterId=cluster)["Cluster"]
    assert described["Status"]["StateChangeReason"] == {"Message": "Cluster ready to run steps."}
    assert described["ClusterArn"] == arn
    assert described["Tags"] == [{"Key": "a", "Value": "b"}]
    assert described["LogUri"] == f"s3://{clusters.bucket}/logs/"
    assert described["Ec2InstanceAttributes"]["IamInstanceProfile"] == clusters.profile
    assert not [key for key in described if key.startswith("_")]
    nodes = clusters.emr.list_instances(ClusterId=cluster)["Instances"]
    assert [node["Status"]["State"] for node in nodes] == ["RUNNING"] * 3
    core = clusters.emr.list_instances(ClusterId=cluster, InstanceGroupTypes=["CORE"])["Instances"]
    assert len(core) == 2

    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])
    assert clusters.status(cluster)["State"] in ("TERMINATING", "TERMINATED")
    ended = clusters.until(cluster, "TERMINATED", "TERMINATED_WITH_ERRORS")
    assert ended["State"] == "TERMINATED"
    reason = {"Code": "USER_REQUEST", "Message": "Terminated by user request"}
    assert ended["StateChangeReason"] == reason
    timeline = ended["Timeline"]
    assert timeline["CreationDateTime"] < timeline["ReadyDateTime"] < timeline["EndDateTime"]
    nodes = clusters.emr.list_instances(ClusterId=cluster)["Instances"]
    assert {node["Status"]["State"] for node in nodes} == {"TERMINATED"}

    # Once more is no error, but a step is.
    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])
    assert clusters.status(cluster) == ended
    assert refused(clusters.emr.add_job_flow_steps, JobFlowId=cluster, Steps=[command("true")]) == (
        "ValidationException",
        "A job flow that is shutting down, terminated, or finished may not be modified.",
    )


def test_a_cluster_that_is_not_there(clusters: Clusters) -> None:
    emr = clusters.emr
    assert refused(emr.describe_cluster, ClusterId="j-NONE") == (
        "InvalidRequestException",
        "Cluster id 'j-NONE' is not valid.",
    )
    assert refused(emr.terminate_job_flows, JobFlowIds=["j-NONE"])[0] == "ValidationException"
    assert refused(emr.list_steps, ClusterId="j-NONE")[0] == "InvalidRequestException"
    assert (
        refused(emr.add_job_flow_steps, JobFlowId="j-NONE", Steps=[command("true")])[0]
        == "ValidationException"
    )


def test_a_cluster_ends_with_its_steps(clusters: Clusters) -> None:
    cluster = clusters.start(
        Instances={"KeepJobFlowAliveWhenNoSteps": False}, Steps=[command("true"), command("true")]
    )
    ended = clusters.until(cluster, "TERMINATED", "TERMINATED_WITH_ERRORS")
    assert ended["State"] == "TERMINATED"
    reason = {"Code": "ALL_STEPS_COMPLETED", "Message": "Steps completed"}
    assert ended["StateChangeReason"] == reason
    steps = clusters.emr.list_steps(ClusterId=cluster)["Steps"]
    assert [step["Status"]["State"] for step in steps] == ["COMPLETED"] * 2

    cluster = clusters.start(
        Instances={"KeepJobFlowAliveWhenNoSteps": False}, Steps=[command("false"), command("true")]
    )
    ended = clusters.until(cluster, "TERMINATED", "TERMINATED_WITH_ERRORS")
    assert ended["State"] == "TERMINATED"
    assert ended["StateChangeReason"]["Message"] == "Steps completed with errors"


def test_a_protected_cluster_is_not_terminated(clusters: Clusters) -> None:
    protected = clusters.up(Instances={"TerminationProtected": True})
    other = clusters.up()
    assert refused(clusters.emr.terminate_job_flows, JobFlowIds=[protected, other]) == (
        "ValidationException",
        "Could not shut down one or more job flows since they are termination protected.",
    )
    clusters.until(other, "TERMINATED")
    assert clusters.status(protected)["State"] == "WAITING"
    # A step that fails does not end it either, but takes the steps behind it along.
    first, second = clusters.emr.add_job_flow_steps(
        JobFlowId=protected,
        Steps=[command("false", ActionOnFailure="TERMINATE_CLUSTER"), command("true")],
    )["StepIds"]
    assert clusters.ended(protected, first)["State"] == "FAILED"
    assert clusters.ended(protected, second)["State"] == "CANCELLED"
    clusters.until(protected, "WAITING")
    clusters.emr.set_termination_protection(JobFlowIds=[protected], TerminationProtected=False)
    clusters.emr.terminate_job_flows(JobFlowIds=[protected])
    clusters.until(protected, "TERMINATED")


def test_clusters_are_listed_the_newest_first(clusters: Clusters) -> None:
    made = [clusters.start() for _ in range(3)]
    clusters.emr.terminate_job_flows(JobFlowIds=made[1:2])
    clusters.until(made[1], "TERMINATED")

    def listed(*states: str) -> list[str]:
        pages = clusters.emr.get_paginator("list_clusters").paginate(ClusterStates=list(states))
        return [c["Id"] for page in pages for c in page["Clusters"] if c["Id"] in made]

    assert listed() == made[::-1]
    assert listed("TERMINATED") == made[1:2]
    assert listed("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING") == [made[2], made[0]]
    clusters.emr.terminate_job_flows(JobFlowIds=made)


def test_the_inventory_has_clusters_that_live(clusters: Clusters) -> None:
    cluster = clusters.up()
    assert cluster in clusters.cloud.inventory()["emr"]["clusters"]
    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])
    clusters.until(cluster, "TERMINATED")
    assert cluster not in clusters.cloud.inventory().get("emr", {}).get("clusters", [])


# What a cluster is refused for.


def test_a_request_is_looked_at(clusters: Clusters) -> None:
    ec2 = clusters.cloud.client("ec2")
    vpc, other = (
        ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in ("10.1.0.0/16", "10.2.0.0/16")
    )
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
    groups = [
        ec2.create_security_group(GroupName=unique("g"), Description="d", VpcId=v)["GroupId"]
        for v in (vpc, other)
    ]
    bare, misnamed = unique("profile"), unique("profile")
    clusters.instance_profile(bare, None)
    clusters.instance_profile(misnamed, clusters.profile)
    master = {"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1}

    def managed(group: str, **more: str) -> dict[str, Any]:
        members = ("EmrManagedMasterSecurityGroup", "EmrManagedSlaveSecurityGroup")
        return {"Instances": {"Ec2SubnetId": subnet, **dict.fromkeys(members, group), **more}}

    wrong: list[tuple[dict[str, Any], str]] = [
        ({"ReleaseLabel": None}, "ReleaseLabel is required"),
        ({"ReleaseLabel": "7.13"}, "The supplied release label is invalid: 7.13."),
        ({"ReleaseLabel": "emr-5.36.0"}, "emr-5.36.0"),
        ({"Applications": [{"Name": "Sparks"}]}, "Specified application: Sparks"),
        ({"JobFlowRole": None}, "InstanceProfile is required for creating cluster"),
        ({"JobFlowRole": "none"}, "Invalid InstanceProfile: none."),
        ({"JobFlowRole": bare}, "has no role"),
        ({"JobFlowRole": misnamed}, "must have the same name"),
        ({"ServiceRole": None}, "ServiceRole is required"),
        ({"SecurityConfiguration": "none"}, "Security configuration with name 'none' does not"),
        ({"LogUri": "logs"}, "The LogUri logs is no S3 location"),
        ({"LogUri": "s3://no-such-bucket/logs"}, "'no-such-bucket'"),
        ({"StepConcurrencyLevel": 257}, "StepConcurrencyLevel is 257"),
        ({"AutoTerminationPolicy": {"IdleTimeout": 59}}, "from 60 to 604800 seconds"),
        (
            {"BootstrapActions": [{"Name": "b", "ScriptBootstrapAction": {"Path": "s"}}]},
            "Bootstrap",
        ),
        ({"Instances": {"Ec2SubnetId": "subnet-0"}}, "The subnet ID 'subnet-0' does not exist"),
        (managed("sg-0"), "The security group 'sg-0' does not exist"),
        (managed(groups[1]), f"The security group '{groups[1]}' is not in {vpc}"),
        (managed(groups[0], ServiceAccessSecurityGroup="sg-1"), "'sg-1' does not exist"),
        ({"Instances": {"EmrManagedMasterSecurityGroup": groups[0]}}, "Give both"),
        ({"Instances": {"InstanceGroups": [master, master]}}, "exactly one"),
        ({"Instances": {"InstanceGroups": [{**master, "InstanceCount": 2}]}}, "must have 1 or 3"),
        (
            {"StepConcurrencyLevel": 2, "Steps": [command(ActionOnFailure="TERMINATE_CLUSTER")]},
            "must be CONTINUE",
        ),
        ({"Name": None}, "'name' failed to satisfy constraint: Member must not be null"),
    ]
    known = len(clusters.emr.list_clusters()["Clusters"])
    for given, message in wrong:
        code, said = refused(clusters.emr.run_job_flow, **clusters.request(**given))
        assert code in ("ValidationException", "InvalidRequestException")
        assert message in said
    assert len(clusters.emr.list_clusters()["Clusters"]) == known
    right = clusters.up(**managed(groups[0], ServiceAccessSecurityGroup=groups[0]))
    attributes = clusters.emr.describe_cluster(ClusterId=right)["Cluster"]["Ec2InstanceAttributes"]
    assert attributes["Ec2SubnetId"] == subnet
    assert attributes["EmrManagedMasterSecurityGroup"] == groups[0]
    # Its network stays for as long as it does.
    assert refused(ec2.delete_subnet, SubnetId=subnet)[0] == "DependencyViolation"
    assert refused(ec2.delete_security_group, GroupId=groups[0])[0] == "DependencyViolation"
    clusters.emr.terminate_job_flows(JobFlowIds=[right])
    clusters.until(right, "TERMINATED")
    ec2.delete_security_group(GroupId=groups[0])
    ec2.delete_subnet(SubnetId=subnet)


def test_both_roles_must_be_passed(clusters: Clusters) -> None:
    """The service role to EMR, the role of the nodes to EC2."""

    def as_one_who_may(*passed: tuple[str, str]) -> Any:
        statements = [allow("elasticmapreduce:RunJobFlow")] + [
            allow(
                "iam:PassRole", role, Condition={"StringEquals": {"iam:PassedToService": service}}
            )
            for role, service in passed
        ]
        role = clusters.cloud.role("lambda.amazonaws.com", statements)
        keys = clusters.cloud.as_role(role, "lambda.amazonaws.com")
        return clusters.cloud.client("emr", keys).run_job_flow

    both = ((clusters.service_role, EMR), (clusters.node_role, EC2))
    for passed, missing in (
        (both[:1], clusters.node_role),
        (both[1:], clusters.service_role),
        (((clusters.service_role, EC2), both[1]), clusters.service_role),
    ):
        code, message = refused(as_one_who_may(*passed), **clusters.request())
        assert code == "AccessDeniedException"
        assert f"is not authorized to perform: iam:PassRole on resource: {missing}" in message
    cluster = as_one_who_may(*both)(**clusters.request())["JobFlowId"]
    clusters.until(cluster, "WAITING")
    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])


def failed_to_launch(clusters: Clusters, **more: Any) -> str:
    """The message of a cluster that does not come up."""
    cluster = clusters.start(Steps=[command("true")], **more)
    ended = clusters.until(cluster, "WAITING", "TERMINATED", "TERMINATED_WITH_ERRORS")
    assert ended["State"] == "TERMINATED_WITH_ERRORS"
    assert ended["StateChangeReason"]["Code"] == "VALIDATION_ERROR"
    [step] = clusters.emr.list_steps(ClusterId=cluster)["Steps"]
    assert step["Status"]["State"] == "CANCELLED"
    return ended["StateChangeReason"]["Message"]


def test_a_service_role_that_emr_cannot_have(clusters: Clusters) -> None:
    role = clusters.cloud.role("glue.amazonaws.com", [allow("*")])
    message = failed_to_launch(clusters, ServiceRole=role)
    assert message.startswith(f"EMR service role {role} is invalid")
    absent = f"arn:aws:iam::{ACCOUNT}:role/absent"
    assert absent in failed_to_launch(clusters, ServiceRole=absent)


def test_a_role_of_the_nodes_that_ec2_cannot_have(clusters: Clusters) -> None:
    """EC2 does not say for whom it takes a role."""
    for trust in (
        {"services": "glue.amazonaws.com"},
        {"services": EC2, "condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}},
    ):
        role = clusters.cloud.role(**trust)
        name = role.rsplit("/", 1)[-1]
        clusters.instance_profile(name, name)
        assert role in failed_to_launch(clusters, JobFlowRole=name)


def test_the_managed_policy_wants_tags_and_its_own_pass_role(clusters: Clusters) -> None:
    """AmazonEMRServicePolicy_v2 knows subnets, groups and clusters by a tag alone."""
    iam, ec2 = clusters.cloud.client("iam"), clusters.cloud.client("ec2")
    passing = allow("iam:PassRole", clusters.node_role)
    roles = [clusters.cloud.role(EMR, statements) for statements in ([passing], None)]
    for role in roles:
        iam.attach_role_policy(
            RoleName=role.rsplit("/", 1)[-1],
            PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonEMRServicePolicy_v2",
        )
    tags = [{"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}]
    vpc = ec2.create_vpc(CidrBlock="10.3.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.3.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName=unique("g"), Description="d", VpcId=vpc)["GroupId"]
    network = {
        "Ec2SubnetId": subnet,
        "EmrManagedMasterSecurityGroup": group,
        "EmrManagedSlaveSecurityGroup": group,
    }
    request = {"ServiceRole": roles[0], "Instances": network}
    assert "instance/*" in failed_to_launch(clusters, **request)
    assert f"subnet/{subnet}" in failed_to_launch(clusters, **request, Tags=tags)
    ec2.create_tags(Resources=[subnet], Tags=tags)
    assert f"security-group/{group}" in failed_to_launch(clusters, **request, Tags=tags)
    ec2.create_tags(Resources=[group], Tags=tags)
    message = failed_to_launch(clusters, **{**request, "ServiceRole": roles[1]}, Tags=tags)
    assert message.startswith(f"Service role {roles[1]} has insufficient EC2 permissions")
    assert "iam:PassRole" in message
    cluster = clusters.up(**request, Tags=tags)
    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])


def test_rights_by_tags(clusters: Clusters) -> None:
    """A caller that may make clusters with a tag, and use those that have it."""
    cluster_arns = f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:cluster/*"
    wanted = {"StringEquals": {"aws:RequestTag/team": "one"}}
    own = {"StringEquals": {"elasticmapreduce:ResourceTag/team": "one"}}
    role = clusters.cloud.role(
        "lambda.amazonaws.com",
        [
            allow("elasticmapreduce:RunJobFlow", "*", Condition=wanted),
            allow("elasticmapreduce:AddTags", cluster_arns, Condition=wanted),
            allow(
                [
                    f"elasticmapreduce:{action}"
                    for action in (
                        *("AddJobFlowSteps", "CancelSteps", "DescribeCluster", "DescribeStep"),
                        *("ListSteps", "TerminateJobFlows"),
                    )
                ],
                cluster_arns,
                Condition=own,
            ),
            allow("iam:PassRole", [clusters.service_role, clusters.node_role]),
        ],
    )
    emr = clusters.cloud.client("emr", clusters.cloud.as_role(role, "lambda.amazonaws.com"))
    for tags in (None, [{"Key": "team", "Value": "two"}]):
        code, message = refused(emr.run_job_flow, **clusters.request(Tags=tags))
        assert (code, "elasticmapreduce:RunJobFlow" in message) == ("AccessDeniedException", True)
    mine = emr.run_job_flow(**clusters.request(Tags=[{"Key": "team", "Value": "one"}]))["JobFlowId"]
    theirs = clusters.up(Tags=[{"Key": "team", "Value": "two"}])
    clusters.until(mine, "WAITING")
    steps = {"Steps": [command("true")]}
    [step] = emr.add_job_flow_steps(JobFlowId=mine, **steps)["StepIds"]
    until(lambda: emr.describe_step(ClusterId=mine, StepId=step)["Step"]["Status"]["State"])
    emr.cancel_steps(ClusterId=mine, StepIds=[step])
    assert emr.list_steps(ClusterId=mine)["Steps"]
    emr.describe_cluster(ClusterId=mine)
    for call, arguments in (
        (emr.add_job_flow_steps, {"JobFlowId": theirs, **steps}),
        (emr.describe_cluster, {"ClusterId": theirs}),
        (emr.list_steps, {"ClusterId": theirs}),
        (emr.terminate_job_flows, {"JobFlowIds": [theirs]}),
        # Each of several is asked about.
        (emr.terminate_job_flows, {"JobFlowIds": [mine, theirs]}),
        (emr.list_clusters, {}),
    ):
        assert refused(call, **arguments)[0] == "AccessDeniedException"
    assert clusters.status(mine)["State"] in ("RUNNING", "WAITING")
    emr.terminate_job_flows(JobFlowIds=[mine])
    clusters.until(mine, "TERMINATED")
    clusters.emr.terminate_job_flows(JobFlowIds=[theirs])


def test_tags_go_with_the_right_to_set_them(clusters: Clusters) -> None:
    passing = allow("iam:PassRole", [clusters.service_role, clusters.node_role])
    statements = [allow("elasticmapreduce:RunJobFlow"), passing]
    role = clusters.cloud.role("lambda.amazonaws.com", statements)
    emr = clusters.cloud.client("emr", clusters.cloud.as_role(role, "lambda.amazonaws.com"))
    code, message = refused(emr.run_job_flow, **clusters.request(Tags=[{"Key": "a", "Value": "b"}]))
    assert code == "AccessDeniedException"
    assert "elasticmapreduce:AddTags" in message


def test_a_policy_of_idle_clusters_goes_with_the_right_to_set_it(clusters: Clusters) -> None:
    """https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-auto-termination-policy.html"""
    passing = allow("iam:PassRole", [clusters.service_role, clusters.node_role])
    role = clusters.cloud.role(
        "lambda.amazonaws.com", [allow("elasticmapreduce:RunJobFlow"), passing]
    )
    emr = clusters.cloud.client("emr", clusters.cloud.as_role(role, "lambda.amazonaws.com"))
    request = clusters.request(AutoTerminationPolicy={"IdleTimeout": 7200})
    code, message = refused(emr.run_job_flow, **request)
    assert code == "AccessDeniedException"
    assert "elasticmapreduce:PutAutoTerminationPolicy" in message


# Steps.


def test_spark_reads_and_writes_s3(clusters: Clusters, waiting: str) -> None:
    numbers = random.Random(7)
    rows = [(n, numbers.randrange(10**9)) for n in range(5000)]
    for part in range(2):
        lines = "".join(f"{k},{v}\n" for k, v in rows[part::2])
        clusters.put(f"in/sums/{part}.csv", f"k,v\n{lines}")
    script = clusters.put("jobs/sums.py", SUMS)
    folders = [f"s3://{clusters.bucket}/{folder}/sums/" for folder in ("in", "out")]
    step = clusters.add(waiting, "spark-submit", "--deploy-mode", "cluster", script, *folders)
    assert clusters.step_until(waiting, step, "RUNNING", "COMPLETED")
    status = clusters.ended(waiting, step)
    assert status["State"] == "COMPLETED", status
    assert "FailureDetails" not in status
    expected = [
        (r, len(group), sum(v for _, v in group))
        for r in range(7)
        if (group := [row for row in rows if row[0] % 7 == r])
    ]
    assert clusters.rows("out/sums/") == expected
    keys = clusters.s3.list_objects_v2(Bucket=clusters.bucket, Prefix="out/sums/")["Contents"]
    assert "out/sums/_SUCCESS" in [entry["Key"] for entry in keys]
    assert clusters.log(waiting, step, "stdout") == "rows 5000\n"
    assert "Step succeeded with exitCode 0" in clusters.log(waiting, step, "controller")
    assert "SparkContext" in clusters.log(waiting, step, "stderr")
    reason = clusters.until(waiting, "WAITING")["StateChangeReason"]
    assert reason == {"Message": "Cluster ready after last step completed."}


@pytest.mark.full
def test_options_of_spark_submit(clusters: Clusters) -> None:
    """And the cluster's spark-defaults, which they come before."""
    script = clusters.put(
        "jobs/options.py",
        """
import json, sys
import given
import py4j, pyspark
from pyspark.sql import SparkSession
conf = SparkSession.builder.getOrCreate().sparkContext.getConf()
names = ["spark.app.name", "spark.master", "spark.a", "spark.b", "spark.c"]
files = [module.__file__ for module in (py4j, pyspark)]
print(json.dumps([given.VALUE, sys.argv[1:], [conf.get(name) for name in names], files]))
""",
    )
    module = clusters.put("jobs/given.py", "VALUE = 'from S3'\n")
    defaults = {"spark.a": "default", "spark.b": "default \\ 1", "spark.pyspark.python": "python3"}
    cluster = clusters.up(
        Configurations=[{"Classification": "spark-defaults", "Properties": defaults}]
    )
    step = clusters.add(
        *(cluster, "spark-submit", "--master", "yarn", "--deploy-mode=cluster"),
        *("--name", "a name", "--conf", "spark.a=given", "--conf", "spark.c=x=y"),
        *("--py-files", module, "--num-executors", "4", "--driver-memory", "600m"),
        *(script, "--conf", "not=mine", "last"),
    )
    status = clusters.ended(cluster, step)
    assert status["State"] == "COMPLETED", status
    value, arguments, conf, files = json.loads(clusters.log(cluster, step, "stdout"))
    assert value == "from S3"
    # Of an archive Python would compile them at each start.
    assert all(Path(file).exists() for file in files), files
    assert arguments == ["--conf", "not=mine", "last"]
    assert conf == ["a name", "local[2]", "given", "default \\ 1", "x=y"]
    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])


@pytest.mark.full
def test_spark_has_the_rights_of_the_nodes_alone(clusters: Clusters, waiting: str) -> None:
    clusters.put("secret/sums/0.csv", "k,v\n1,2\n")
    script = clusters.put("jobs/sums.py", SUMS)
    before = clusters.s3.list_objects_v2(Bucket=clusters.bucket, Prefix="elsewhere/")["KeyCount"]
    for source, target in (("secret", "out"), ("in", "elsewhere")):
        clusters.put("in/sums/0.csv", "k,v\n1,2\n")
        folders = [f"s3://{clusters.bucket}/{folder}/sums/" for folder in (source, target)]
        step = clusters.add(waiting, "spark-submit", script, *folders)
        status = clusters.ended(waiting, step)
        assert status["State"] == "FAILED"
        message = status["FailureDetails"]["Message"]
        assert "AccessDenied" in message
        assert f"s3://{clusters.bucket}/{source if source == 'secret' else target}" in message
        assert status["FailureDetails"]["LogFile"].endswith(f"/{step}/stdout.gz")
        role = clusters.node_role.rsplit("/", 1)[-1]
        assert f'needed in role {role}: {{"Effect": "Allow", "Action": "s3:' in message
        assert "AccessDenied" in clusters.log(waiting, step, "stdout")
    listed = clusters.s3.list_objects_v2(Bucket=clusters.bucket, Prefix="elsewhere/")
    assert listed["KeyCount"] == before == 0


def test_a_script_that_is_not_there(clusters: Clusters, waiting: str) -> None:
    script = f"s3://{clusters.bucket}/jobs/none.py"
    status = clusters.run(waiting, "spark-submit", script)
    assert status["State"] == "FAILED"
    assert "FileNotFoundException" in status["FailureDetails"]["Message"]
    assert script in status["FailureDetails"]["Message"]


def test_a_step_that_fails_says_why(clusters: Clusters, waiting: str) -> None:
    step = clusters.add(waiting, *shell("echo printed; echo 'the cause' >&2; exit 3"))
    status = clusters.ended(waiting, step)
    assert status["State"] == "FAILED"
    details = status["FailureDetails"]
    where = f"s3://{clusters.bucket}/logs/{waiting}/steps/{step}/stderr.gz"
    assert details == {"Reason": "Unknown Error.", "Message": "the cause", "LogFile": where}
    assert clusters.log(waiting, step, "stdout") == "printed\n"
    assert clusters.log(waiting, step, "stderr") == "the cause\n"
    assert "Step failed with exitCode 3" in clusters.log(waiting, step, "controller")
    timeline = status["Timeline"]
    assert timeline["CreationDateTime"] <= timeline["StartDateTime"] < timeline["EndDateTime"]
    reason = clusters.until(waiting, "WAITING")["StateChangeReason"]
    assert reason == {"Message": "Cluster ready after last step failed."}


@pytest.mark.full
def test_the_last_exception_of_a_script(clusters: Clusters, waiting: str) -> None:
    for script, message in (
        ("raise ValueError('not so')", "ValueError: not so"),
        ("import sys; sys.exit('no good line')", "no good line"),
    ):
        path = clusters.put("jobs/fails.py", script)
        status = clusters.run(waiting, "spark-submit", path)
        assert (status["State"], status["FailureDetails"]["Message"]) == ("FAILED", message)


def test_a_step_that_is_killed(clusters: Clusters, waiting: str) -> None:
    step = clusters.add(waiting, *shell("kill -KILL $$"))
    status = clusters.ended(waiting, step)
    assert status["State"] == "FAILED"
    assert status["FailureDetails"]["Message"] == "The command ended with exit code 137"


def test_what_cannot_be_run(clusters: Clusters, waiting: str) -> None:
    status = clusters.run(waiting, "no-such-command")
    assert status["State"] == "FAILED"
    assert 'Cannot run program "no-such-command"' in status["FailureDetails"]["Message"]
    jar = {"HadoopJarStep": {"Jar": f"s3://{clusters.bucket}/jobs/some.jar", "Args": ["a"]}}
    step = clusters.add(waiting, **jar)
    status = clusters.ended(waiting, step)
    assert status["State"] == "FAILED"
    assert "some.jar is not supported by the local cloud" in status["FailureDetails"]["Message"]
    assert status["FailureDetails"]["LogFile"].endswith(f"/{step}/controller.gz")
    assert "some.jar is not supported" in clusters.log(waiting, step, "controller")
    assert clusters.run(waiting)["State"] == "FAILED"
    without = clusters.up(Applications=[{"Name": "Hadoop"}])
    status = clusters.run(without, "spark-submit", f"s3://{clusters.bucket}/jobs/sums.py")
    assert 'Cannot run program "spark-submit"' in status["FailureDetails"]["Message"]
    clusters.emr.terminate_job_flows(JobFlowIds=[without])


def test_a_step_has_its_role_and_nothing_of_the_cloud(clusters: Clusters, waiting: str) -> None:
    step = clusters.add(waiting, *shell("env; id -u; cat /proc/$PPID/environ 2>/dev/null || true"))
    assert clusters.ended(waiting, step)["State"] == "COMPLETED"
    environment = clusters.log(waiting, step, "stdout")
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" in environment
    for secret in (*clusters.cloud.keys, clusters.cloud.token):
        assert secret not in environment
    identity = (
        "import boto3, os; print(boto3.client('sts').get_caller_identity()['Arn']); "
        f"print(boto3.client('s3').list_objects_v2(Bucket='{clusters.bucket}')['KeyCount'] > 0)"
    )
    step = clusters.add(waiting, "python3", "-c", identity)
    assert clusters.ended(waiting, step)["State"] == "COMPLETED"
    arn, listed = clusters.log(waiting, step, "stdout").split()
    assert arn.startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/{clusters.profile}/")
    assert listed == "True"


@pytest.mark.full
def test_a_role_that_may_not_write_logs_has_none(clusters: Clusters) -> None:
    """The step ends as it would have."""
    cluster = clusters.up(LogUri=f"s3://{clusters.bucket}/elsewhere/logs/")
    assert clusters.run(cluster, "true")["State"] == "COMPLETED"
    listed = clusters.s3.list_objects_v2(Bucket=clusters.bucket, Prefix="elsewhere/logs/")
    assert listed["KeyCount"] == 0
    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])


@pytest.mark.full
def test_without_a_log_uri_there_is_no_log_file(clusters: Clusters) -> None:
    cluster = clusters.up(LogUri=None)
    details = clusters.run(cluster, *shell("echo why >&2; exit 1"))["FailureDetails"]
    assert details == {"Reason": "Unknown Error.", "Message": "why"}
    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])


# Several steps.


@pytest.mark.full
def test_steps_wait_for_each_other(clusters: Clusters, tmp_path: Path) -> None:
    """One at a time, in their order, where nothing else is said."""
    cluster = clusters.up()
    record, gate = tmp_path / "record", tmp_path / "gate"
    mark = shlex.quote(str(record))
    first = clusters.add(
        cluster,
        *shell(f"echo +1 >> {mark}; until [ -e {gate} ]; do sleep 0.05; done; echo -1 >> {mark}"),
    )
    rest = [clusters.add(cluster, *shell(f"echo +{n} -{n} >> {mark}")) for n in (2, 3)]
    clusters.step_until(cluster, first, "RUNNING")
    until(record.exists)
    assert [clusters.step(cluster, step)["State"] for step in rest] == ["PENDING"] * 2
    assert clusters.status(cluster)["State"] == "RUNNING"
    assert clusters.status(cluster)["StateChangeReason"] == {"Message": "Running step"}
    listed = clusters.emr.list_steps(ClusterId=cluster)["Steps"]
    assert [step["Id"] for step in listed] == [*rest[::-1], first]
    pending = clusters.emr.list_steps(ClusterId=cluster, StepStates=["PENDING"])["Steps"]
    assert [step["Id"] for step in pending] == rest[::-1]
    gate.touch()
    for step in (first, *rest):
        assert clusters.ended(cluster, step)["State"] == "COMPLETED"
    assert record.read_text().split() == ["+1", "-1", "+2", "-2", "+3", "-3"]
    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])


@pytest.mark.full
def test_steps_side_by_side(clusters: Clusters, tmp_path: Path) -> None:
    """As many as the cluster says: each of these ends only when it has seen the others."""
    cluster = clusters.up(StepConcurrencyLevel=3)

    def meets(number: int) -> tuple[str, ...]:
        folder = shlex.quote(str(tmp_path))
        return shell(
            f"touch {folder}/{number}; for n in 1 2 3; do "
            f"until [ -e {folder}/$n ]; do sleep 0.05; done; done"
        )

    steps = [clusters.add(cluster, *meets(number)) for number in (1, 2, 3)]
    for step in steps:
        assert clusters.ended(cluster, step)["State"] == "COMPLETED"
    assert refused(
        clusters.emr.add_job_flow_steps,
        JobFlowId=cluster,
        Steps=[command("true", ActionOnFailure="CANCEL_AND_WAIT")],
    )[0] == ("ValidationException")
    # The level can be changed: two more run at once then, and no third one.
    assert (
        clusters.emr.modify_cluster(ClusterId=cluster, StepConcurrencyLevel=2)[
            "StepConcurrencyLevel"
        ]
        == 2
    )
    gate = tmp_path / "gate"
    waits = shell(f"until [ -e {gate} ]; do sleep 0.05; done")
    steps = [clusters.add(cluster, *waits) for _ in range(3)]
    for step in steps[:2]:
        clusters.step_until(cluster, step, "RUNNING")
    assert clusters.step(cluster, steps[2])["State"] == "PENDING"
    gate.touch()
    for step in steps:
        assert clusters.ended(cluster, step)["State"] == "COMPLETED"
    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])


def test_what_a_failure_leads_to(clusters: Clusters) -> None:
    cluster = clusters.up()

    def after(action: str) -> tuple[str, str]:
        first, second = clusters.emr.add_job_flow_steps(
            JobFlowId=cluster, Steps=[command("false", ActionOnFailure=action), command("true")]
        )["StepIds"]
        assert clusters.ended(cluster, first)["State"] == "FAILED"
        return second, clusters.ended(cluster, second)["State"]

    assert after("CONTINUE")[1] == "COMPLETED"
    second, state = after("CANCEL_AND_WAIT")
    assert state == "CANCELLED"
    assert "StartDateTime" not in clusters.step(cluster, second)["Timeline"]
    clusters.until(cluster, "WAITING")
    assert after("TERMINATE_CLUSTER")[1] == "CANCELLED"
    ended = clusters.until(cluster, "TERMINATED", "TERMINATED_WITH_ERRORS")
    assert ended["State"] == "TERMINATED_WITH_ERRORS"
    reason = {"Code": "STEP_FAILURE", "Message": "Shut down as step failed"}
    assert ended["StateChangeReason"] == reason


# Ends before the end.


@pytest.mark.full
def test_a_pending_step_is_cancelled(clusters: Clusters, tmp_path: Path) -> None:
    cluster = clusters.up()
    gate, never = tmp_path / "gate", tmp_path / "never"
    first = clusters.add(cluster, *shell(f"until [ -e {gate} ]; do sleep 0.05; done"))
    second = clusters.add(cluster, "touch", str(never))
    answer = clusters.emr.cancel_steps(ClusterId=cluster, StepIds=[second])["CancelStepsInfoList"]
    assert [(one["StepId"], one["Status"]) for one in answer] == [(second, "SUBMITTED")]
    assert clusters.step(cluster, second)["State"] == "CANCELLED"
    gate.touch()
    assert clusters.ended(cluster, first)["State"] == "COMPLETED"
    clusters.until(cluster, "WAITING")
    assert not never.exists()
    answer = clusters.emr.cancel_steps(ClusterId=cluster, StepIds=[first, second, "s-NONE"])
    assert [one["Status"] for one in answer["CancelStepsInfoList"]] == ["FAILED"] * 3
    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])


@pytest.mark.full
def test_a_running_step_is_interrupted(clusters: Clusters, tmp_path: Path) -> None:
    """It gets SIGTERM, and may clean up; its failure leads to nothing."""
    cluster = clusters.up()
    pid, trapped, gate = (tmp_path / name for name in ("pid", "trapped", "gate"))
    step = clusters.add(
        cluster,
        *shell(
            f"trap 'touch {trapped}; until [ -e {gate} ]; do sleep 0.05; done; exit 1' TERM; "
            f"echo $$ > {pid}; while true; do sleep 0.05; done"
        ),
        ActionOnFailure="TERMINATE_CLUSTER",
    )
    process = pid_in(pid)
    clusters.emr.cancel_steps(ClusterId=cluster, StepIds=[step])
    until(trapped.exists)
    assert clusters.step(cluster, step)["State"] == "CANCEL_PENDING"
    assert alive(process)
    gate.touch()
    status = clusters.ended(cluster, step)
    assert status["State"] == "CANCELLED"
    assert "FailureDetails" not in status
    assert not alive(process)
    clusters.until(cluster, "WAITING")
    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])


@pytest.mark.full
def test_a_running_step_is_killed_with_all_it_started(clusters: Clusters, tmp_path: Path) -> None:
    cluster = clusters.up()
    pid, child = tmp_path / "pid", tmp_path / "child"
    step = clusters.add(
        cluster,
        *shell(f"trap '' TERM; sleep 600 & echo $! > {child}; echo $$ > {pid}; wait; sleep 600"),
    )
    processes = [pid_in(pid), pid_in(child)]
    answer = clusters.emr.cancel_steps(
        ClusterId=cluster, StepIds=[step], StepCancellationOption="TERMINATE_PROCESS"
    )
    assert answer["CancelStepsInfoList"][0]["Status"] == "SUBMITTED"
    assert clusters.ended(cluster, step)["State"] == "CANCELLED"
    until(lambda: not any(map(alive, processes)))
    assert clusters.run(cluster, "true")["State"] == "COMPLETED"
    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])


@pytest.mark.full
def test_spark_is_cancelled(clusters: Clusters, tmp_path: Path) -> None:
    cluster = clusters.up()
    pid = tmp_path / "pid"
    script = clusters.put(
        "jobs/sleeps.py",
        f"""
import os, pathlib, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
pathlib.Path({str(pid)!r}).write_text(f"{{os.getpid()}} {{os.getppid()}}")
time.sleep(600)
""",
    )
    step = clusters.add(cluster, "spark-submit", script)
    until(pid.exists, 60)
    processes = [int(one) for one in until(lambda: pid.read_text()).split()]
    clusters.emr.cancel_steps(ClusterId=cluster, StepIds=[step])
    assert clusters.ended(cluster, step)["State"] == "CANCELLED"
    until(lambda: not any(map(alive, processes)))
    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])


def test_a_cluster_is_terminated_under_a_step(clusters: Clusters, tmp_path: Path) -> None:
    """Even under one that does not heed it."""
    cluster = clusters.up()
    pid = tmp_path / "pid"
    running = clusters.add(
        cluster,
        *shell(f"trap '' TERM; echo so far; echo $$ > {pid}; while true; do sleep 0.1; done"),
    )
    pending = clusters.add(cluster, "true")
    process = pid_in(pid)
    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])
    assert clusters.until(cluster, "TERMINATED", "TERMINATED_WITH_ERRORS")["State"] == "TERMINATED"
    assert not alive(process)
    for step in (running, pending):
        status = clusters.step(cluster, step)
        assert status["State"] == "CANCELLED"
        assert status["StateChangeReason"]["Message"] == "Job terminated"
    assert clusters.log(cluster, running, "stdout") == "so far\n"


def test_a_cluster_is_terminated_while_it_starts(clusters: Clusters) -> None:
    cluster = clusters.start(Steps=[command("true")])
    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])
    ended = clusters.until(cluster, "TERMINATED", "TERMINATED_WITH_ERRORS", "WAITING")
    assert ended["State"] == "TERMINATED"
    [step] = clusters.emr.list_steps(ClusterId=cluster)["Steps"]
    assert step["Status"]["State"] == "CANCELLED"


# Security configurations, and the policy of automatic termination.


def test_security_configurations_are_kept(clusters: Clusters) -> None:
    emr = clusters.emr
    name = unique("security")
    nothing = {"EnableAtRestEncryption": False, "EnableInTransitEncryption": False}
    content = json.dumps({"EncryptionConfiguration": nothing}, indent=1)
    made = emr.create_security_configuration(Name=name, SecurityConfiguration=content)
    described = emr.describe_security_configuration(Name=name)
    assert described["SecurityConfiguration"] == content
    assert described["CreationDateTime"] == made["CreationDateTime"]
    listed = emr.list_security_configurations()["SecurityConfigurations"]
    assert name in [entry["Name"] for entry in listed]
    code, message = refused(
        emr.create_security_configuration, Name=name, SecurityConfiguration=content
    )
    assert (code, "already exists" in message) == ("InvalidRequestException", True)
    for wrong in ("no JSON", "[]"):
        given = {"Name": unique("security"), "SecurityConfiguration": wrong}
        assert refused(emr.create_security_configuration, **given)[0] == "InvalidRequestException"
    cluster = clusters.up(SecurityConfiguration=name)
    assert emr.describe_cluster(ClusterId=cluster)["Cluster"]["SecurityConfiguration"] == name
    assert name in clusters.cloud.inventory()["emr"]["security_configurations"]
    emr.delete_security_configuration(Name=name)
    assert refused(emr.describe_security_configuration, Name=name)[0] == "InvalidRequestException"
    assert refused(emr.delete_security_configuration, Name=name)[0] == "InvalidRequestException"
    emr.terminate_job_flows(JobFlowIds=[cluster])


def test_the_policy_of_automatic_termination(clusters: Clusters) -> None:
    emr = clusters.emr
    cluster = clusters.up(AutoTerminationPolicy={"IdleTimeout": 60})
    policy = {"IdleTimeout": 60}
    assert emr.get_auto_termination_policy(ClusterId=cluster)["AutoTerminationPolicy"] == policy
    policy = {"IdleTimeout": 600}
    emr.put_auto_termination_policy(ClusterId=cluster, AutoTerminationPolicy=policy)
    assert emr.get_auto_termination_policy(ClusterId=cluster)["AutoTerminationPolicy"] == policy
    emr.remove_auto_termination_policy(ClusterId=cluster)
    assert "AutoTerminationPolicy" not in emr.get_auto_termination_policy(ClusterId=cluster)
    for seconds in (59, 604_801):
        given = {"ClusterId": cluster, "AutoTerminationPolicy": {"IdleTimeout": seconds}}
        assert refused(emr.put_auto_termination_policy, **given)[0] == "ValidationException"
    emr.terminate_job_flows(JobFlowIds=[cluster])


# The process of the cloud ends, and starts again.


def backdated(cloud: Cloud, seconds: float) -> None:
    """Have clusters wait for so much longer than they do. The cloud must not run."""
    file = cloud.folder / "state" / "services" / "emr.json"
    saved = json.loads(file.read_text())

    def visit(value: Any) -> None:
        for part in value.values() if isinstance(value, dict) else value:
            if isinstance(part, dict) and "_idleSince" in part:
                part["_idleSince"] -= seconds
            elif isinstance(part, (dict, list)):
                visit(part)

    visit(saved)
    file.write_text(json.dumps(saved))


@pytest.mark.full
def test_an_idle_cluster_ends_by_its_policy(fresh: Cloud) -> None:
    """Idle time is at least a minute: this one passes while nobody waits for it."""
    fresh.start()
    clusters = Clusters(fresh)
    policy = {"IdleTimeout": 60}
    ends = clusters.up(AutoTerminationPolicy=policy)
    protected = clusters.up(AutoTerminationPolicy=policy, Instances={"TerminationProtected": True})
    longer = clusters.up(AutoTerminationPolicy={"IdleTimeout": 600})
    fresh.stop()
    backdated(fresh, 61)
    fresh.start()
    clusters.emr, clusters.s3 = fresh.client("emr"), fresh.client("s3")
    ended = clusters.until(ends, "TERMINATED", "TERMINATED_WITH_ERRORS")
    assert ended["State"] == "TERMINATED"
    assert "auto-termination" in ended["StateChangeReason"]["Message"]
    assert [clusters.status(c)["State"] for c in (protected, longer)] == ["WAITING"] * 2
    # Without protection, the policy holds at once; a step begins the idle time anew.
    assert clusters.run(longer, "true")["State"] == "COMPLETED"
    clusters.emr.set_termination_protection(JobFlowIds=[protected], TerminationProtected=False)
    clusters.until(protected, "TERMINATED")
    clusters.emr.put_auto_termination_policy(
        ClusterId=longer, AutoTerminationPolicy={"IdleTimeout": 60}
    )
    time.sleep(0.2)
    assert clusters.status(longer)["State"] == "WAITING"


@pytest.mark.full
@pytest.mark.parametrize("end", ["kill", "stop"])
def test_nothing_hangs_after_the_cloud_has_ended(fresh: Cloud, tmp_path: Path, end: str) -> None:
    fresh.start()
    clusters = Clusters(fresh)
    pid = tmp_path / "pid"
    busy, idle = clusters.start(), clusters.up()
    clusters.emr.create_security_configuration(Name="kept", SecurityConfiguration='{"a": {}}')
    runs = clusters.add(
        busy, *shell(f"trap '' TERM; echo $$ > {pid}; while true; do sleep 0.1; done")
    )
    pends = clusters.add(busy, "true")
    process = pid_in(pid)
    clusters.step_until(busy, runs, "RUNNING")
    fresh.saved()
    getattr(fresh, end)()
    until(lambda: not alive(process), 10)

    fresh.start()
    clusters.emr, clusters.s3 = fresh.client("emr"), fresh.client("s3")
    status = clusters.status(busy)
    assert status["State"] == "TERMINATED_WITH_ERRORS"
    assert "restarted" in status["StateChangeReason"]["Message"]
    assert "EndDateTime" in status["Timeline"]
    status = clusters.step(busy, runs)
    assert status["State"] == "FAILED"
    assert "restarted" in status["FailureDetails"]["Message"]
    assert clusters.step(busy, pends)["State"] == "CANCELLED"
    assert fresh.inventory()["emr"] == {"clusters": [idle], "security_configurations": ["kept"]}
    described = clusters.emr.describe_security_configuration(Name="kept")
    assert described["SecurityConfiguration"] == '{"a": {}}'
    # A cluster that only waited has lost nothing.
    assert clusters.run(idle, "true")["State"] == "COMPLETED"
    clusters.emr.terminate_job_flows(JobFlowIds=[idle])
    clusters.until(idle, "TERMINATED")
    work = tmp_path / "cloud" / "state" / "spark-work"
    assert not work.exists() or not list(work.iterdir())


@pytest.mark.full
def test_without_spark_a_step_says_what_is_missing(
    fresh: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_CLOUD_SPARK", str(fresh.folder / "bin" / "python"))
    fresh.start()
    clusters = Clusters(fresh)
    cluster = clusters.up()
    status = clusters.run(cluster, "spark-submit", f"s3://{clusters.bucket}/jobs/sums.py")
    assert status["State"] == "FAILED"
    assert status["FailureDetails"]["Message"].startswith("Spark is not set up: there is no")
    # Other commands need none.
    assert clusters.run(cluster, "true")["State"] == "COMPLETED"
