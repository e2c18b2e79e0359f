"""MWAA's control plane refuses what MWAA would fail on, and gives back what it was given."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import pytest
from running import ACCOUNT, REGION, Cloud, allow, unique
from test_auth import refused

SERVICES = ["airflow.amazonaws.com", "airflow-env.amazonaws.com"]
BLOCK = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


QUEUE = "arn:aws:sqs:us-east-1:*:airflow-celery-*"
QUEUE_ACTIONS = [
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
]
KEY_ACTIONS = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]
VIA_QUEUE = {"StringEquals": {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"}}
LOOKS = ["s3:GetAccountPublicAccessBlock", "s3:GetBucketPublicAccessBlock"]

#: What an execution role needs for an environment to be made.
NEEDED = [*QUEUE_ACTIONS, *KEY_ACTIONS, *LOOKS]


def execution(without: str = "") -> list[dict[str, Any]]:
    """Statements of an execution role: MWAA's needs but for one, and all that a runner calls."""
    return [
        allow([a for a in QUEUE_ACTIONS if a != without], QUEUE),
        allow([a for a in KEY_ACTIONS if a != without], Condition=VIA_QUEUE),
        allow([a for a in LOOKS if a != without]),
        allow(["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"]),
        allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups"]),
        allow(["logs:PutLogEvents", "cloudwatch:PutMetricData", "airflow:PublishMetrics"]),
    ]


class Ground:
    """All that an environment stands on."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.mwaa = cloud.client("mwaa")
        self.ec2 = cloud.client("ec2")
        self.s3 = cloud.client("s3")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.192.0.0/16")["Vpc"]["VpcId"]
        self.table = self.way_out()
        self.subnets = [self.subnet(20 + n, zone) for n, zone in enumerate("aabc")]
        self.group = self.security_group(True)
        self.role = cloud.role(SERVICES, execution())
        self.bucket = self.make_bucket()
        self.versions = {
            key: self.s3.put_object(Bucket=self.bucket, Key=key, Body=b"x")["VersionId"]
            for key in ("requirements.txt", "plugins.zip", "startup.sh")
        }

    def way_out(self) -> str:
        """A route table that leads to a NAT gateway."""
        subnet = self.subnet(10, "a", routed=False)
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        nat = self.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]
        table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.create_route(
            RouteTableId=table,
            DestinationCidrBlock="0.0.0.0/0",
            NatGatewayId=nat["NatGatewayId"],
        )
        return table

    def subnet(self, third: int, zone: str, *, routed: bool = True) -> str:
        subnet = self.ec2.create_subnet(
            VpcId=self.vpc, CidrBlock=f"10.192.{third}.0/24", AvailabilityZone=f"{REGION}{zone}"
        )["Subnet"]["SubnetId"]
        if routed:
            self.ec2.associate_route_table(RouteTableId=self.table, SubnetId=subnet)
        return subnet

    def security_group(self, itself: bool) -> str:
        group = self.ec2.create_security_group(
            GroupName=unique("group"), Description="a", VpcId=self.vpc
        )["GroupId"]
        if itself:
            rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
            self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
        return group

    def group_elsewhere(self) -> str:
        """A group that allows itself, in a VPC of its own."""
        vpc = self.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        here, self.vpc = self.vpc, vpc
        group = self.security_group(itself=True)
        self.vpc = here
        return group

    def make_bucket(self, versioned: str | None = "Enabled", blocked: int = 4) -> str:
        name = self.cloud.bucket(unique("airflow-bucket"))
        if versioned:
            self.s3.put_bucket_versioning(
                Bucket=name, VersioningConfiguration={"Status": versioned}
            )
        self.s3.put_public_access_block(
            Bucket=name,
            PublicAccessBlockConfiguration={
                setting: number < blocked for number, setting in enumerate(BLOCK)
            },
        )
        return name

    def arguments(self, **changes: Any) -> dict[str, Any]:
        """Arguments of an environment that is right, with changes; None takes one out."""
        wanted = {
            "Name": unique("mwaa"),
            # What the tests of the runner have, which waits for its own version.
            "AirflowVersion": metadata.version("apache-airflow"),
            "DagS3Path": "dags",
            "EnvironmentClass": "mw1.small",
            "ExecutionRoleArn": self.role,
            "MaxWorkers": 1,
            "MinWorkers": 1,
            "NetworkConfiguration": self.network(),
            "SourceBucketArn": f"arn:aws:s3:::{self.bucket}",
            **changes,
        }
        return {key: value for key, value in wanted.items() if value is not None}

    def network(self, subnets: list[str] | None = None, group: str | None = None) -> dict[str, Any]:
        return {
            "SubnetIds": subnets or [self.subnets[0], self.subnets[2]],
            "SecurityGroupIds": [group or self.group],
        }


@pytest.fixture(scope="module")
def ground(cloud: Cloud) -> Ground:
    return Ground(cloud)


def test_gives_back_every_field(ground: Ground) -> None:
    logs = {
        member: {"Enabled": True, "LogLevel": level}
        for member, level in (
            ("DagProcessingLogs", "WARNING"),
            ("SchedulerLogs", "ERROR"),
            ("TaskLogs", "INFO"),
            ("WebserverLogs", "CRITICAL"),
            ("WorkerLogs", "DEBUG"),
        )
    }
    wanted = ground.arguments(
        AirflowConfigurationOptions={"core.default_timezone": "utc", "a.b": "c"},
        EndpointManagement="SERVICE",
        EnvironmentClass="mw1.medium",
        KmsKey=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555",
        LoggingConfiguration=logs,
        MaxWebservers=3,
        MaxWorkers=5,
        MinWebservers=2,
        MinWorkers=2,
        PluginsS3ObjectVersion=ground.versions["plugins.zip"],
        PluginsS3Path="plugins.zip",
        RequirementsS3ObjectVersion=ground.versions["requirements.txt"],
        RequirementsS3Path="requirements.txt",
        Schedulers=3,
        StartupScriptS3ObjectVersion=ground.versions["startup.sh"],
        StartupScriptS3Path="startup.sh",
        Tags={"stack": "local"},
        WebserverAccessMode="PUBLIC_AND_PRIVATE",
        WeeklyMaintenanceWindowStart="TUE:03:30",
    )
    arn = ground.mwaa.create_environment(**wanted)["Arn"]
    found = ground.mwaa.get_environment(Name=wanted["Name"])["Environment"]
    assert found["Arn"] == arn == f"arn:aws:airflow:{REGION}:{ACCOUNT}:environment/{wanted['Name']}"
    assert found["Status"] == "AVAILABLE"
    for member, value in wanted.items():
        if member == "LoggingConfiguration":
            for log, settings in value.items():
                assert found[member][log].items() >= settings.items()
                group = f"airflow-{wanted['Name']}-"
                assert group in found[member][log]["CloudWatchLogGroupArn"]
        elif member != "EndpointManagement":
            assert found[member] == value, member
    assert wanted["Name"] in ground.mwaa.list_environments()["Environments"]


def test_defaults_are_those_of_mwaa(ground: Ground) -> None:
    name = unique("mwaa")
    ground.mwaa.create_environment(
        **ground.arguments(
            Name=name, AirflowVersion=None, EnvironmentClass=None, MaxWorkers=None, MinWorkers=None
        )
    )
    found = ground.mwaa.get_environment(Name=name)["Environment"]
    assert (found["EnvironmentClass"], found["MaxWorkers"], found["MinWorkers"]) == (
        "mw1.small",
        10,
        1,
    )
    assert found["WebserverAccessMode"] == "PRIVATE_ONLY"


def test_life_of_an_environment(ground: Ground) -> None:
    mwaa, wanted = ground.mwaa, ground.arguments(Tags={"a": "1"})
    name = wanted["Name"]
    arn = mwaa.create_environment(**wanted)["Arn"]
    code, message = refused(mwaa.create_environment, **wanted)
    assert code == "ValidationException" and name in message
    mwaa.update_environment(
        Name=name,
        AirflowConfigurationOptions={"mwaa_analytics.movie_list_schedule": "none"},
        LoggingConfiguration={"TaskLogs": {"Enabled": True, "LogLevel": "INFO"}},
        RequirementsS3Path="requirements.txt",
        RequirementsS3ObjectVersion=ground.versions["requirements.txt"],
        WorkerReplacementStrategy="GRACEFUL",
    )
    found = mwaa.get_environment(Name=name)["Environment"]
    assert found["AirflowConfigurationOptions"] == {"mwaa_analytics.movie_list_schedule": "none"}
    assert found["LoggingConfiguration"]["TaskLogs"]["Enabled"]
    assert found["LastUpdate"]["Status"] == "SUCCESS"
    assert found["LastUpdate"]["WorkerReplacementStrategy"] == "GRACEFUL"
    assert found["NetworkConfiguration"] == wanted["NetworkConfiguration"]
    mwaa.update_environment(Name=name, RequirementsS3Path="")
    left = mwaa.get_environment(Name=name)["Environment"]
    assert "RequirementsS3Path" not in left and "RequirementsS3ObjectVersion" not in left
    mwaa.tag_resource(ResourceArn=arn, Tags={"b": "2"})
    mwaa.untag_resource(ResourceArn=arn, tagKeys=["a"])
    assert mwaa.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"b": "2"}
    tagging = ground.cloud.client("resourcegroupstaggingapi")
    assert tagging.get_resources(ResourceARNList=[arn])["ResourceTagMappingList"] == [
        {"ResourceARN": arn, "Tags": [{"Key": "b", "Value": "2"}]}
    ]
    mwaa.delete_environment(Name=name)
    for call in (mwaa.get_environment, mwaa.delete_environment, mwaa.update_environment):
        code, message = refused(call, Name=name)
        assert code == "ResourceNotFoundException" and name in message


WRONG: dict[str, Any] = {
    "no bucket": lambda g: {"SourceBucketArn": "arn:aws:s3:::airflow-absent"},
    "bucket without versions": lambda g: {
        "SourceBucketArn": f"arn:aws:s3:::{g.make_bucket(versioned=None)}"
    },
    "bucket with versions suspended": lambda g: {
        "SourceBucketArn": f"arn:aws:s3:::{g.make_bucket(versioned='Suspended')}"
    },
    "bucket that may be public": lambda g: {
        "SourceBucketArn": f"arn:aws:s3:::{g.make_bucket(blocked=0)}"
    },
    "bucket that is blocked in part": lambda g: {
        "SourceBucketArn": f"arn:aws:s3:::{g.make_bucket(blocked=3)}"
    },
    "one subnet": lambda g: {"NetworkConfiguration": g.network(g.subnets[:1])},
    "two subnets of a zone": lambda g: {"NetworkConfiguration": g.network(g.subnets[:2])},
    "three subnets": lambda g: {"NetworkConfiguration": g.network(g.subnets[1:])},
    "absent subnet": lambda g: {"NetworkConfiguration": g.network([g.subnets[0], "subnet-0"])},
    "absent group": lambda g: {"NetworkConfiguration": g.network(group="sg-00000000")},
    "group that does not allow itself": lambda g: {
        "NetworkConfiguration": g.network(group=g.security_group(False))
    },
    "absent role": lambda g: {"ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/absent"},
    "role that trusts one service": lambda g: {"ExecutionRoleArn": g.cloud.role(SERVICES[0])},
    "unknown class": lambda g: {"EnvironmentClass": "mw1.huge"},
    "unknown version": lambda g: {"AirflowVersion": "1.0.0"},
    "micro with two workers": lambda g: {"EnvironmentClass": "mw1.micro", "MaxWorkers": 2},
    "micro with two schedulers": lambda g: {"EnvironmentClass": "mw1.micro", "Schedulers": 2},
    "more least than most": lambda g: {"MinWorkers": 3, "MaxWorkers": 2},
    "too many workers": lambda g: {"MaxWorkers": 26},
    "too many schedulers": lambda g: {"Schedulers": 6},
    "one scheduler": lambda g: {"Schedulers": 1},
    "too many web servers": lambda g: {"MaxWebservers": 6},
    "unknown access": lambda g: {"WebserverAccessMode": "OPEN"},
    "window": lambda g: {"WeeklyMaintenanceWindowStart": "SUN:04:15"},
    "requirements of no version": lambda g: {
        "RequirementsS3Path": "requirements.txt",
        "RequirementsS3ObjectVersion": "absent",
    },
    "absent plugins": lambda g: {
        "PluginsS3Path": "absent.zip",
        "PluginsS3ObjectVersion": "absent",
    },
    "requirements without a version": lambda g: {"RequirementsS3Path": "requirements.txt"},
    "plugins without a version": lambda g: {"PluginsS3Path": "plugins.zip"},
    "group of another VPC": lambda g: {
        "NetworkConfiguration": g.network(group=g.group_elsewhere())
    },
    "no path of DAGs": lambda g: {"DagS3Path": None},
    "option without a section": lambda g: {"AirflowConfigurationOptions": {"executor": "a"}},
    "empty log level": lambda g: {
        "LoggingConfiguration": {"TaskLogs": {"Enabled": False, "LogLevel": ""}}
    },
    "log level": lambda g: {
        "LoggingConfiguration": {"TaskLogs": {"Enabled": True, "LogLevel": "LOUD"}}
    },
}


@pytest.mark.parametrize("what", WRONG)
def test_what_would_fail_later_is_refused(ground: Ground, what: str) -> None:
    arguments = ground.arguments(**WRONG[what](ground))
    code, _ = refused(ground.mwaa.create_environment, **arguments)
    assert code == "ValidationException"
    assert arguments["Name"] not in ground.mwaa.list_environments()["Environments"]


@pytest.mark.parametrize("action", NEEDED)
def test_an_execution_role_without_what_mwaa_needs_is_refused(ground: Ground, action: str) -> None:
    role = ground.cloud.role(SERVICES, execution(without=action))
    arguments = ground.arguments(ExecutionRoleArn=role)
    code, message = refused(ground.mwaa.create_environment, **arguments)
    assert code == "ValidationException"
    assert f"not authorized to perform: {action} on resource" in message
    assert f"needed in role {role.rsplit('/', 1)[-1]}" in message


def test_metrics_are_taken_of_an_environment_that_there_is(ground: Ground) -> None:
    wanted = ground.arguments()
    ground.mwaa.create_environment(**wanted)
    task = SERVICES[1]
    role = ground.cloud.client("mwaa", ground.cloud.as_role(ground.role, task))
    data = [{"MetricName": "SchedulerHeartbeat", "Timestamp": 0, "Value": 1}]
    role.publish_metrics(EnvironmentName=wanted["Name"], MetricData=data)
    code, _ = refused(role.publish_metrics, EnvironmentName="absent", MetricData=data)
    assert code == "ValidationException"
    other = ground.cloud.role(SERVICES, [])
    nobody = ground.cloud.client("mwaa", ground.cloud.as_role(other, task))
    code, message = refused(nobody.publish_metrics, EnvironmentName=wanted["Name"], MetricData=data)
    assert code == "AccessDeniedException"
    assert f"environment/{wanted['Name']}" in message


def test_an_update_is_checked_too_and_changes_nothing_when_refused(ground: Ground) -> None:
    wanted = ground.arguments()
    ground.mwaa.create_environment(**wanted)
    before = ground.mwaa.get_environment(Name=wanted["Name"])["Environment"]
    for wrong in (
        {"EnvironmentClass": "mw1.micro", "MaxWorkers": 3},
        {"SourceBucketArn": f"arn:aws:s3:::{ground.make_bucket(versioned=None)}"},
        {"ExecutionRoleArn": ground.cloud.role("ec2.amazonaws.com")},
        {"WorkerReplacementStrategy": "SOON"},
    ):
        code, _ = refused(ground.mwaa.update_environment, Name=wanted["Name"], **wrong)
        assert code == "ValidationException"
    assert ground.mwaa.get_environment(Name=wanted["Name"])["Environment"] == before


@pytest.mark.parametrize("operation", ["create_environment", "update_environment"])
def test_the_execution_role_must_be_passed(ground: Ground, operation: str) -> None:
    wanted = ground.arguments()
    if operation == "update_environment":
        ground.mwaa.create_environment(**wanted)
        wanted = {"Name": wanted["Name"], "ExecutionRoleArn": ground.role}
    rights = [allow(["airflow:*", "ec2:*", "s3:*"])]
    task = SERVICES[1]
    for extra, passed in (
        ([], False),
        ([allow("iam:PassRole", f"{ground.role}-other")], False),
        ([allow("iam:PassRole", ground.role)], True),
    ):
        operator = ground.cloud.role(SERVICES, rights + extra)
        client = ground.cloud.client("mwaa", ground.cloud.as_role(operator, task))
        if passed:
            assert getattr(client, operation)(**wanted)["Arn"]
        else:
            code, message = refused(getattr(client, operation), **wanted)
            assert code == "AccessDeniedException"
            assert "iam:PassRole" in message and ground.role in message


def test_rights_are_per_environment(ground: Ground) -> None:
    names = []
    for _ in range(2):
        wanted = ground.arguments()
        ground.mwaa.create_environment(**wanted)
        names.append(wanted["Name"])
    mine, other = names
    arn = f"arn:aws:airflow:{REGION}:{ACCOUNT}:environment/{mine}"
    role = ground.cloud.role(SERVICES, [allow("airflow:GetEnvironment", arn)])
    client = ground.cloud.client("mwaa", ground.cloud.as_role(role, SERVICES[1]))
    assert client.get_environment(Name=mine)["Environment"]["Name"] == mine
    code, message = refused(client.get_environment, Name=other)
    assert code.startswith("AccessDenied") and other in message


def _endpoint(ground: Ground, service: str, **more: Any) -> str:
    return ground.ec2.create_vpc_endpoint(
        VpcId=ground.vpc, ServiceName=f"com.amazonaws.{REGION}.{service}", **more
    )["VpcEndpoint"]["VpcEndpointId"]


def test_a_creation_without_a_way_to_aws_fails_and_is_not_mended(ground: Ground) -> None:
    cut_off = [ground.subnet(30 + n, zone, routed=False) for n, zone in enumerate("ab")]
    wanted = ground.arguments(NetworkConfiguration=ground.network(cut_off))
    name = wanted["Name"]
    ground.mwaa.create_environment(**wanted)
    there = ground.mwaa.get_environment(Name=name)["Environment"]
    assert there["Status"] == "CREATE_FAILED"
    error = there["LastUpdate"]["Error"]
    assert error["ErrorCode"] == "INCORRECT_CONFIGURATION" and cut_off[0] in error["ErrorMessage"]
    code, message = refused(ground.mwaa.update_environment, Name=name, MaxWorkers=2)
    assert code == "ValidationException"
    assert message == "Environments with CREATE_FAILED status cannot be updated."
    ground.mwaa.delete_environment(Name=name)
    # Endpoints of the services are a way as well: but for one, and then all of them.
    services = ("monitoring", "logs", "sqs", "kms")
    endpoints = [_endpoint(ground, "s3", RouteTableIds=[ground.table])]
    endpoints += [
        _endpoint(
            ground,
            service,
            VpcEndpointType="Interface",
            SubnetIds=cut_off,
            SecurityGroupIds=[ground.group],
            PrivateDnsEnabled=True,
        )
        for service in services
    ]
    assert _status_of(ground, wanted) == "CREATE_FAILED"
    for subnet in cut_off:
        table = ground.ec2.create_route_table(VpcId=ground.vpc)["RouteTable"]["RouteTableId"]
        ground.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        endpoints.append(_endpoint(ground, "s3", RouteTableIds=[table]))
    assert _status_of(ground, wanted) == "AVAILABLE"
    ground.ec2.delete_vpc_endpoints(VpcEndpointIds=endpoints)


def test_a_call_without_a_way_to_its_service_times_out(ground: Ground) -> None:
    subnets = [ground.subnet(40 + n, zone, routed=False) for n, zone in enumerate("ab")]
    for subnet in subnets:
        table = ground.ec2.create_route_table(VpcId=ground.vpc)["RouteTable"]["RouteTableId"]
        ground.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    role = ground.cloud.role(SERVICES, [*execution(), allow(["ssm:GetParameter"])])
    network = ground.network(subnets)
    wanted = ground.arguments(NetworkConfiguration=network, ExecutionRoleArn=role)
    # Its creation fails as well, which is of no account to its calls.
    ground.mwaa.create_environment(**wanted)
    task = ground.cloud.client("ssm", ground.cloud.as_role(role, SERVICES[1]))

    def called() -> str:
        code, message = refused(task.get_parameter, Name="/none")
        return message if code == "ConnectTimeout" else code

    said = called()
    assert f"https://ssm.{REGION}.amazonaws.com/" in said and subnets[0] in said
    assert f"no endpoint of ssm that admits {ground.group} on port 443" in said
    # An endpoint of a group that does not admit the environment is none.
    private = {"VpcEndpointType": "Interface", "SubnetIds": subnets, "PrivateDnsEnabled": True}
    groups = [ground.security_group(itself=True)]
    endpoint = _endpoint(ground, "ssm", SecurityGroupIds=groups, **private)
    assert "no endpoint of ssm" in called()
    rule = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "UserIdGroupPairs": [{"GroupId": ground.group}],
    }
    ground.ec2.authorize_security_group_ingress(GroupId=groups[0], IpPermissions=[rule])
    assert called() == "ParameterNotFound"
    ground.ec2.revoke_security_group_ingress(GroupId=groups[0], IpPermissions=[rule])
    block = {**rule, "UserIdGroupPairs": [], "IpRanges": [{"CidrIp": "10.192.0.0/16"}]}
    ground.ec2.authorize_security_group_ingress(GroupId=groups[0], IpPermissions=[block])
    assert called() == "ParameterNotFound"
    # Whoever is not in that network is not held up by it.
    ground.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert "no endpoint of ssm" in called()
    root = ground.cloud.client("ssm")
    assert refused(root.get_parameter, Name="/none")[0] == "ParameterNotFound"
    # A route to a NAT gateway is a way to all of them.
    moved = ground.network()
    ground.mwaa.delete_environment(Name=wanted["Name"])
    ground.mwaa.create_environment(**{**wanted, "NetworkConfiguration": moved})
    assert called() == "ParameterNotFound"
    ground.mwaa.delete_environment(Name=wanted["Name"])


def _status_of(ground: Ground, wanted: dict[str, Any]) -> str:
    """The status of an environment, which is made for it and deleted."""
    ground.mwaa.create_environment(**wanted)
    status = ground.mwaa.get_environment(Name=wanted["Name"])["Environment"]["Status"]
    ground.mwaa.delete_environment(Name=wanted["Name"])
    return status
