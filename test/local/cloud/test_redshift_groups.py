"""What clusters of Redshift have beside themselves: subnets, parameters, audit logs and tags."""

from __future__ import annotations

import json
from typing import Any

import pytest
from running import Cloud, allow, unique
from test_auth import refused
from test_redshift_clusters import SMALL, arn, settled


class Network:
    """A VPC with a subnet in each of two zones, and a group of them."""

    def __init__(self, cloud: Cloud) -> None:
        self.ec2, self.redshift = cloud.client("ec2"), cloud.client("redshift")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(
                VpcId=self.vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{zone}"
            )["Subnet"]["SubnetId"]
            for n, zone in enumerate("bc")
        ]
        self.group = unique("group")
        self.made = self.redshift.create_cluster_subnet_group(
            ClusterSubnetGroupName=self.group.upper(), Description="a & b", SubnetIds=self.subnets
        )["ClusterSubnetGroup"]


def test_life_of_a_group_of_subnets(cloud: Cloud) -> None:
    network = Network(cloud)
    redshift, named = network.redshift, {"ClusterSubnetGroupName": network.group}
    assert network.made["ClusterSubnetGroupName"] == network.group
    assert network.made["VpcId"] == network.vpc
    again = {**named, "Description": "", "SubnetIds": network.subnets}
    code, _ = refused(redshift.create_cluster_subnet_group, **again)
    assert code == "ClusterSubnetGroupAlreadyExists"
    for wrong in ("default", "a_b"):
        given = {**again, "ClusterSubnetGroupName": wrong}
        code, message = refused(redshift.create_cluster_subnet_group, **given)
        assert (code, wrong in message) == ("InvalidParameterValue", True)
    code, _ = refused(redshift.modify_cluster_subnet_group, **named, SubnetIds=["subnet-none"])
    assert code == "InvalidSubnet"
    redshift.modify_cluster_subnet_group(**named, SubnetIds=network.subnets[:1])
    [found] = redshift.describe_cluster_subnet_groups(**named)["ClusterSubnetGroups"]
    assert [one["SubnetIdentifier"] for one in found["Subnets"]] == network.subnets[:1]
    assert found["Description"] == "a & b"
    redshift.delete_cluster_subnet_group(**named)
    code, _ = refused(redshift.describe_cluster_subnet_groups, **named)
    assert code == "ClusterSubnetGroupNotFoundFault"


def test_life_of_a_group_of_parameters(cloud: Cloud) -> None:
    redshift, name = cloud.client("redshift"), unique("parameters")
    named = {"ParameterGroupName": name}
    made = {**named, "ParameterGroupFamily": "redshift-1.0", "Description": "of a test"}
    redshift.create_cluster_parameter_group(**made)
    code, _ = refused(redshift.create_cluster_parameter_group, **made)
    assert code == "ClusterParameterGroupAlreadyExists"
    set_to = [
        {"ParameterName": "require_ssl", "ParameterValue": "true"},
        {"ParameterName": "statement_timeout", "ParameterValue": "60000"},
    ]
    redshift.modify_cluster_parameter_group(**named, Parameters=set_to)
    own = redshift.describe_cluster_parameters(**named, Source="user")["Parameters"]
    assert {one["ParameterName"]: one["ParameterValue"] for one in own} == {
        "require_ssl": "true",
        "statement_timeout": "60000",
    }
    every = redshift.describe_cluster_parameters(**named)["Parameters"]
    assert len(every) > len(own) and {one["Source"] for one in every} == {"user", "engine-default"}
    redshift.reset_cluster_parameter_group(**named, Parameters=set_to[:1])
    own = redshift.describe_cluster_parameters(**named, Source="user")["Parameters"]
    assert [one["ParameterName"] for one in own] == ["statement_timeout"]
    redshift.delete_cluster_parameter_group(**named)
    code, _ = refused(redshift.describe_cluster_parameter_groups, **named)
    assert code == "ClusterParameterGroupNotFound"


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("no_such", "true"),
        ("require_ssl", "yes"),
        ("statement_timeout", "50"),
        ("extra_float_digits", "3"),
        ("extra_float_digits", "-16"),
        ("wlm_json_configuration", "{}"),
    ],
)
def test_a_parameter_has_values_that_it_may_have(cloud: Cloud, name: str, value: str) -> None:
    redshift, group = cloud.client("redshift"), unique("parameters")
    redshift.create_cluster_parameter_group(
        ParameterGroupName=group, ParameterGroupFamily="redshift-1.0", Description="of a test"
    )
    given = [{"ParameterName": name, "ParameterValue": value}]
    change = redshift.modify_cluster_parameter_group
    code, message = refused(change, ParameterGroupName=group, Parameters=given)
    assert (code, name in message) == ("InvalidParameterValue", True)
    code, _ = refused(change, ParameterGroupName="default.redshift-1.0", Parameters=given)
    assert code == "InvalidClusterParameterGroupState"


@pytest.mark.full
def test_groups_of_a_cluster_stay(cloud: Cloud) -> None:
    network, parameters = Network(cloud), unique("parameters")
    redshift, name = network.redshift, unique("grouped")
    redshift.create_cluster_parameter_group(
        ParameterGroupName=parameters, ParameterGroupFamily="redshift-1.0", Description="a"
    )
    made = redshift.create_cluster(
        ClusterIdentifier=name,
        ClusterSubnetGroupName=network.group,
        ClusterParameterGroupName=parameters,
        **SMALL,
    )["Cluster"]
    assert (made["VpcId"], made["AvailabilityZone"]) == (network.vpc, "us-east-1b")
    settled(redshift, name)
    group, own = (
        {"ClusterSubnetGroupName": network.group},
        {"ParameterGroupName": parameters},
    )
    code, message = refused(redshift.delete_cluster_subnet_group, **group)
    assert (code, name in message) == ("InvalidClusterSubnetGroupStateFault", True)
    code, message = refused(redshift.delete_cluster_parameter_group, **own)
    assert (code, name in message) == ("InvalidClusterParameterGroupState", True)
    others = {**group, "SubnetIds": network.subnets[1:]}
    assert refused(redshift.modify_cluster_subnet_group, **others)[0] == "SubnetAlreadyInUse"
    code, _ = refused(network.ec2.delete_subnet, SubnetId=network.subnets[0])
    assert code == "DependencyViolation"
    changed = [{"ParameterName": "require_ssl", "ParameterValue": "true"}]
    redshift.modify_cluster_parameter_group(**own, Parameters=changed)
    assert applied(redshift, name) == (parameters, "pending-reboot")
    redshift.reboot_cluster(ClusterIdentifier=name)
    settled(redshift, name)
    assert applied(redshift, name) == (parameters, "in-sync")
    redshift.delete_cluster(ClusterIdentifier=name, SkipFinalClusterSnapshot=True)
    settled(redshift, name, "")
    redshift.delete_cluster_subnet_group(**group)
    redshift.delete_cluster_parameter_group(**own)


def applied(redshift: Any, name: str) -> tuple[str, str]:
    """The parameter group of a cluster, and how far it has it."""
    [found] = redshift.describe_clusters(ClusterIdentifier=name)["Clusters"]
    [group] = found["ClusterParameterGroups"]
    return group["ParameterGroupName"], group["ParameterApplyStatus"]


@pytest.mark.full
def test_audit_logs(cloud: Cloud) -> None:
    redshift, name, bucket = cloud.client("redshift"), unique("logged"), cloud.bucket()
    redshift.create_cluster(ClusterIdentifier=name, **SMALL)
    named = {"ClusterIdentifier": name}
    watched = {"LogDestinationType": "cloudwatch", "LogExports": ["userlog", "connectionlog"]}
    settled(redshift, name)
    assert redshift.describe_logging_status(**named)["LoggingEnabled"] is False
    redshift.enable_logging(**named, **watched)
    found = redshift.describe_logging_status(**named)
    assert (found["LoggingEnabled"], found["LogExports"]) == (True, watched["LogExports"])
    for more, code in (
        ({"LogDestinationType": "cloudwatch"}, "InvalidParameterCombination"),
        ({**watched, "LogExports": ["all"]}, "InvalidParameterValue"),
        ({"BucketName": "no-such-bucket"}, "BucketNotFoundFault"),
        ({"BucketName": bucket}, "InsufficientS3BucketPolicyFault"),
        ({}, "InvalidParameterCombination"),
    ):
        assert refused(redshift.enable_logging, **named, **more)[0] == code
    own = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    service = {"Service": "redshift.amazonaws.com"}
    admitted = allow(["s3:GetBucketAcl", "s3:PutObject"], own, Principal=service)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [admitted]})
    cloud.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
    redshift.enable_logging(**named, BucketName=bucket, S3KeyPrefix="audit/")
    assert redshift.describe_logging_status(**named)["BucketName"] == bucket
    assert redshift.disable_logging(**named)["LoggingEnabled"] is False


@pytest.mark.full
def test_tags(cloud: Cloud) -> None:
    redshift, name = cloud.client("redshift"), unique("tagged")
    group = arn("parametergroup", name)
    redshift.create_cluster_parameter_group(
        ParameterGroupName=name,
        ParameterGroupFamily="redshift-1.0",
        Description="a",
        Tags=[{"Key": "one", "Value": "1"}],
    )
    redshift.create_tags(ResourceName=group, Tags=[{"Key": "two", "Value": "<2>"}])
    found = redshift.describe_tags(ResourceName=group)["TaggedResources"]
    assert [(one["Tag"]["Key"], one["Tag"]["Value"]) for one in found] == [
        ("one", "1"),
        ("two", "<2>"),
    ]
    assert {one["ResourceType"] for one in found} == {"Parameter group"}
    redshift.delete_tags(ResourceName=group, TagKeys=["one"])
    [described] = redshift.describe_cluster_parameter_groups(ParameterGroupName=name)[
        "ParameterGroups"
    ]
    assert described["Tags"] == [{"Key": "two", "Value": "<2>"}]
    kinds = redshift.describe_tags(ResourceType="parameter group", TagKeys=["two"])
    assert group in [one["ResourceName"] for one in kinds["TaggedResources"]]
    none = {"ResourceName": arn("cluster", "none"), "Tags": [{"Key": "a", "Value": "b"}]}
    assert refused(redshift.create_tags, **none)[0] == "ResourceNotFoundFault"


@pytest.mark.full
def test_lists_come_in_pages(cloud: Cloud) -> None:
    redshift = cloud.client("redshift")
    page = redshift.describe_cluster_parameters(ParameterGroupName="default.redshift-2.0")
    assert "Marker" not in page
    code, message = refused(redshift.describe_clusters, MaxRecords=5)
    assert (code, "MaxRecords" in message) == ("InvalidParameterValue", True)
    names = [unique("paged") for _ in range(21)]
    for name in names:
        redshift.create_cluster_parameter_group(
            ParameterGroupName=name, ParameterGroupFamily="redshift-2.0", Description="a"
        )
    pages = redshift.get_paginator("describe_cluster_parameter_groups")
    found = [
        one["ParameterGroupName"]
        for page in pages.paginate(PaginationConfig={"PageSize": 20})
        for one in page["ParameterGroups"]
    ]
    assert set(names) <= set(found) and len(found) == len(set(found))
