"""The inventory sees all that is made, in every service, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from running import ACCOUNT, REGION, Cloud, unique, until
from test_mwaa import execution
from test_redshift_clusters import settled

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": ["airflow.amazonaws.com", "airflow-env.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        },
    }
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud that each test of this file finds and leaves empty."""
    running = Cloud(tmp_path_factory.mktemp("empty"))
    running.start()
    yield running
    running.stop()


#: Makes something, gives its id in the inventory, and leaves on a stack what takes it away.
Make = Callable[[Cloud, list[Callable[[], Any]]], str]


def _vpc(cloud: Cloud, undo: list) -> str:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    undo.append(lambda: ec2.delete_vpc(VpcId=vpc))
    return vpc


def _subnet(cloud: Cloud, undo: list, zone: str = "a", third: int = 1) -> str:
    ec2 = cloud.client("ec2")
    vpc = _vpc(cloud, undo)
    subnet = ec2.create_subnet(
        VpcId=vpc, CidrBlock=f"10.0.{third}.0/24", AvailabilityZone=f"{REGION}{zone}"
    )["Subnet"]["SubnetId"]
    undo.append(lambda: ec2.delete_subnet(SubnetId=subnet))
    return subnet


def _internet_gateway(cloud: Cloud, undo: list) -> str:
    ec2 = cloud.client("ec2")
    vpc = _vpc(cloud, undo)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    undo.append(lambda: ec2.delete_internet_gateway(InternetGatewayId=gateway))
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    undo.append(lambda: ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc))
    return gateway


def _eip(cloud: Cloud, undo: list) -> str:
    ec2 = cloud.client("ec2")
    address = ec2.allocate_address(
        Domain="vpc",
        TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": [{"Key": "a", "Value": "b"}]}],
    )["AllocationId"]
    undo.append(lambda: ec2.release_address(AllocationId=address))
    return address


def _nat_gateway(cloud: Cloud, undo: list) -> str:
    ec2 = cloud.client("ec2")
    subnet, address = _subnet(cloud, undo), _eip(cloud, undo)
    gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]
    undo.append(lambda: ec2.delete_nat_gateway(NatGatewayId=gateway["NatGatewayId"]))
    return gateway["NatGatewayId"]


def _route_table(cloud: Cloud, undo: list) -> str:
    ec2 = cloud.client("ec2")
    subnet = _subnet(cloud, undo)
    vpc = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    undo.append(lambda: ec2.delete_route_table(RouteTableId=table))
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    undo.append(lambda: ec2.disassociate_route_table(AssociationId=association))
    return table


def _vpc_endpoint(kind: str) -> Make:
    def make(cloud: Cloud, undo: list) -> str:
        ec2 = cloud.client("ec2")
        subnet = _subnet(cloud, undo)
        vpc = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
        service = {"Gateway": "s3", "Interface": "elasticmapreduce"}[kind]
        more = {"SubnetIds": [subnet]} if kind == "Interface" else {}
        endpoint = ec2.create_vpc_endpoint(
            VpcId=vpc,
            VpcEndpointType=kind,
            ServiceName=f"com.amazonaws.{REGION}.{service}",
            **more,
        )["VpcEndpoint"]["VpcEndpointId"]
        undo.append(lambda: ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint]))
        return endpoint

    return make


def _security_group(cloud: Cloud, undo: list, vpc: str = "") -> str:
    ec2 = cloud.client("ec2")
    group = ec2.create_security_group(
        GroupName=unique("group"), Description="of a test", VpcId=vpc or _vpc(cloud, undo)
    )["GroupId"]
    undo.append(lambda: ec2.delete_security_group(GroupId=group))
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    return group


def _flow_log(cloud: Cloud, undo: list) -> str:
    ec2 = cloud.client("ec2")
    log = ec2.create_flow_logs(
        ResourceIds=[_vpc(cloud, undo)],
        ResourceType="VPC",
        TrafficType="ALL",
        LogGroupName="flow",
        DeliverLogsPermissionArn=_role_arn(cloud, undo),
    )["FlowLogIds"][0]
    undo.append(lambda: ec2.delete_flow_logs(FlowLogIds=[log]))
    return log


def _role(cloud: Cloud, undo: list) -> str:
    return _role_arn(cloud, undo).rsplit("/", 1)[-1]


def _role_arn(cloud: Cloud, undo: list) -> str:
    iam = cloud.client("iam")
    name = unique("role")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    undo.append(lambda: iam.delete_role(RoleName=name))
    rights = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b"}
    document = json.dumps({"Version": "2012-10-17", "Statement": rights})
    iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=document)
    undo.append(lambda: iam.delete_role_policy(RoleName=name, PolicyName="rights"))
    return arn


def _policy(cloud: Cloud, undo: list) -> str:
    iam = cloud.client("iam")
    name = unique("policy")
    rights = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b"}
    document = json.dumps({"Version": "2012-10-17", "Statement": rights})
    arn = iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]
    undo.append(lambda: iam.delete_policy(PolicyArn=arn))
    role = _role(cloud, undo)
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    undo.append(lambda: iam.detach_role_policy(RoleName=role, PolicyArn=arn))
    return arn


def _log_group(cloud: Cloud, undo: list) -> str:
    logs = cloud.client("logs")
    name = unique("group")
    logs.create_log_group(logGroupName=name, tags={"a": "b"})
    undo.append(lambda: logs.delete_log_group(logGroupName=name))
    logs.put_retention_policy(logGroupName=name, retentionInDays=14)
    logs.create_log_stream(logGroupName=name, logStreamName="stream")
    logs.put_log_events(
        logGroupName=name,
        logStreamName="stream",
        logEvents=[{"timestamp": 1_700_000_000_000, "message": "hello"}],
    )
    return name


def _bucket(cloud: Cloud, undo: list) -> str:
    s3 = cloud.client("s3")
    name = unique("airflow-bucket")
    s3.create_bucket(Bucket=name)

    def remove() -> None:
        listed = s3.list_object_versions(Bucket=name)
        for entry in listed.get("Versions", []) + listed.get("DeleteMarkers", []):
            s3.delete_object(Bucket=name, Key=entry["Key"], VersionId=entry["VersionId"])
        s3.delete_bucket(Bucket=name)

    undo.append(remove)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    block = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(
        Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(block, True)
    )
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": f"arn:aws:s3:::{name}/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(
        Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": deny})
    )
    old = {"ID": "old", "Status": "Enabled", "Filter": {}}
    old["NoncurrentVersionExpiration"] = {"NoncurrentDays": 30}
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [old]})
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    for text in (b"one", b"two"):
        s3.put_object(Bucket=name, Key="dags/a.py", Body=text, Tagging="a=b")
    s3.delete_object(Bucket=name, Key="dags/a.py")
    return name


def _key(cloud: Cloud, undo: list) -> str:
    kms = cloud.client("kms")
    key = kms.create_key(Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]["KeyId"]
    undo.append(lambda: kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7))
    return key


def _alias(cloud: Cloud, undo: list) -> str:
    kms = cloud.client("kms")
    name = f"alias/{unique('alias')}"
    kms.create_alias(AliasName=name, TargetKeyId=_key(cloud, undo))
    undo.append(lambda: kms.delete_alias(AliasName=name))
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:{name}"


def _parameter(cloud: Cloud, undo: list) -> str:
    ssm = cloud.client("ssm")
    name = f"/{unique('environment')}/variables/a"
    for value in ("one", "two"):
        ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=value == "two")
    undo.append(lambda: ssm.delete_parameter(Name=name))
    return name


def _database(cloud: Cloud, undo: list) -> str:
    glue = cloud.client("glue")
    name = unique("database")
    glue.create_database(DatabaseInput={"Name": name}, Tags={"a": "b"})
    undo.append(lambda: glue.delete_database(Name=name))
    return name


def _table(cloud: Cloud, undo: list) -> str:
    glue = cloud.client("glue")
    database = _database(cloud, undo)
    glue.create_table(DatabaseName=database, TableInput={"Name": "ratings"})
    undo.append(lambda: glue.delete_table(DatabaseName=database, Name="ratings"))
    return f"{database}/ratings"


def _glue_role(cloud: Cloud, undo: list, service: str = "glue") -> str:
    arn = _role_arn(cloud, undo)
    cloud.client("iam").update_assume_role_policy(
        RoleName=arn.rsplit("/", 1)[-1], PolicyDocument=TRUST.replace("airflow", service)
    )
    return arn


def _crawler(cloud: Cloud, undo: list) -> str:
    glue = cloud.client("glue")
    name = unique("crawler")
    bucket = _bucket(cloud, undo)
    glue.create_crawler(
        Name=name,
        Role=_glue_role(cloud, undo),
        DatabaseName=_database(cloud, undo),
        Targets={"S3Targets": [{"Path": f"s3://{bucket}/curated/"}]},
        Tags={"a": "b"},
    )
    undo.append(lambda: glue.delete_crawler(Name=name))
    glue.start_crawler(Name=name)
    until(lambda: glue.get_crawler(Name=name)["Crawler"]["State"] == "READY")
    return name


def _job(cloud: Cloud, undo: list) -> str:
    glue = cloud.client("glue")
    name = unique("job")
    glue.create_job(
        Name=name,
        Role=_glue_role(cloud, undo),
        Command={"Name": "glueetl", "ScriptLocation": f"s3://{_bucket(cloud, undo)}/none.py"},
        Tags={"a": "b"},
    )
    undo.append(lambda: glue.delete_job(JobName=name))
    run = glue.start_job_run(JobName=name)["JobRunId"]
    until(lambda: glue.get_job_run(JobName=name, RunId=run)["JobRun"]["JobRunState"] == "FAILED")
    return name


def _security_configuration(cloud: Cloud, undo: list) -> str:
    glue = cloud.client("glue")
    name = unique("security")
    encryption = {"S3Encryption": [{"S3EncryptionMode": "SSE-S3"}]}
    glue.create_security_configuration(Name=name, EncryptionConfiguration=encryption)
    undo.append(lambda: glue.delete_security_configuration(Name=name))
    return name


def _state_machine(cloud: Cloud, undo: list) -> str:
    states = cloud.client("stepfunctions")
    arn = states.create_state_machine(
        name=unique("machine"),
        roleArn=_glue_role(cloud, undo, "states"),
        definition='{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
        tags=[{"key": "a", "value": "b"}],
    )["stateMachineArn"]
    undo.append(lambda: states.delete_state_machine(stateMachineArn=arn))
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    until(lambda: states.describe_execution(executionArn=execution)["status"] == "SUCCEEDED")
    return arn


def _athena_workgroup(cloud: Cloud, undo: list) -> str:
    athena = cloud.client("athena")
    name = unique("workgroup")
    athena.create_work_group(Name=name, Tags=[{"Key": "a", "Value": "b"}])
    undo.append(lambda: athena.delete_work_group(WorkGroup=name, RecursiveDeleteOption=True))
    return name


def _namespace(cloud: Cloud, undo: list) -> str:
    redshift = cloud.client("redshift-serverless")
    name = unique("namespace")
    redshift.create_namespace(
        namespaceName=name, manageAdminPassword=True, tags=[{"key": "a", "value": "b"}]
    )
    undo.append(lambda: redshift.delete_namespace(namespaceName=name))
    return name


def _redshift_workgroup(cloud: Cloud, undo: list) -> str:
    redshift = cloud.client("redshift-serverless")
    name = unique("workgroup")
    redshift.create_workgroup(workgroupName=name, namespaceName=_namespace(cloud, undo))
    undo.append(lambda: redshift.delete_workgroup(workgroupName=name))
    return name


def _redshift_cluster(cloud: Cloud, undo: list) -> str:
    redshift = cloud.client("redshift")
    name, group = unique("cluster"), _redshift_parameters(cloud, undo)
    redshift.create_cluster(
        ClusterIdentifier=name,
        NodeType="ra3.large",
        MasterUsername="awsuser",
        ManageMasterPassword=True,
        ClusterParameterGroupName=group,
        Tags=[{"Key": "a", "Value": "b"}],
    )
    settled(redshift, name)

    def gone() -> None:
        redshift.delete_cluster(ClusterIdentifier=name, SkipFinalClusterSnapshot=True)
        settled(redshift, name, "")

    undo.append(gone)
    return name


def _redshift_parameters(cloud: Cloud, undo: list) -> str:
    redshift, name = cloud.client("redshift"), unique("parameters")
    redshift.create_cluster_parameter_group(
        ParameterGroupName=name, ParameterGroupFamily="redshift-1.0", Description="a"
    )
    undo.append(lambda: redshift.delete_cluster_parameter_group(ParameterGroupName=name))
    return name


def _redshift_subnets(cloud: Cloud, undo: list) -> str:
    redshift, name = cloud.client("redshift"), unique("subnets")
    redshift.create_cluster_subnet_group(
        ClusterSubnetGroupName=name, Description="a", SubnetIds=[_subnet(cloud, undo)]
    )
    undo.append(lambda: redshift.delete_cluster_subnet_group(ClusterSubnetGroupName=name))
    return name


def _environment(cloud: Cloud, undo: list) -> str:
    ec2 = cloud.client("ec2")
    vpc = _vpc(cloud, undo)
    subnets = []
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    undo.append(lambda: ec2.delete_route_table(RouteTableId=table))
    # To a network that leads on to AWS.
    ec2.create_route(
        RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", TransitGatewayId="tgw-0001"
    )
    for number, zone in enumerate("ab"):
        subnet = ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}"
        )["Subnet"]["SubnetId"]
        undo.append(lambda subnet=subnet: ec2.delete_subnet(SubnetId=subnet))
        association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        undo.append(
            lambda of=association: ec2.disassociate_route_table(AssociationId=of["AssociationId"])
        )
        subnets.append(subnet)
    group = _security_group(cloud, undo, vpc)
    role = _role_arn(cloud, undo)
    needs = {"Version": "2012-10-17", "Statement": execution()}
    of = {"RoleName": role.rsplit("/", 1)[-1], "PolicyName": "needs"}
    cloud.client("iam").put_role_policy(**of, PolicyDocument=json.dumps(needs))
    undo.append(lambda: cloud.client("iam").delete_role_policy(**of))
    mwaa = cloud.client("mwaa")
    name = unique("mwaa")
    mwaa.create_environment(
        Name=name,
        DagS3Path="dags",
        ExecutionRoleArn=role,
        SourceBucketArn=f"arn:aws:s3:::{_bucket(cloud, undo)}",
        NetworkConfiguration={"SubnetIds": subnets, "SecurityGroupIds": [group]},
        MaxWorkers=1,
        Tags={"a": "b"},
    )
    undo.append(lambda: mwaa.delete_environment(Name=name))
    return name


RESOURCES: dict[tuple[str, str], Make] = {
    ("ec2", "vpcs"): _vpc,
    ("ec2", "subnets"): _subnet,
    ("ec2", "internet_gateways"): _internet_gateway,
    ("ec2", "addresses"): _eip,
    ("ec2", "nat_gateways"): _nat_gateway,
    ("ec2", "route_tables"): _route_table,
    ("ec2", "vpc_endpoints"): _vpc_endpoint("Gateway"),
    ("ec2", "vpc_endpoints "): _vpc_endpoint("Interface"),
    ("ec2", "security_groups"): _security_group,
    ("ec2", "flow_logs"): _flow_log,
    ("iam", "roles"): _role,
    ("iam", "policies"): _policy,
    ("cloudwatch_logs", "log_groups"): _log_group,
    ("s3", "buckets_meta"): _bucket,
    ("kms", "keys"): _key,
    ("kms", "aliases"): _alias,
    ("ssm", "parameters"): _parameter,
    ("glue", "databases"): _database,
    ("glue", "tables"): _table,
    ("glue", "crawlers"): _crawler,
    ("glue", "jobs"): _job,
    ("glue", "security_configs"): _security_configuration,
    ("stepfunctions", "state_machines"): _state_machine,
    ("athena", "workgroups"): _athena_workgroup,
    ("redshift", "clusters"): _redshift_cluster,
    ("redshift", "parameter_groups"): _redshift_parameters,
    ("redshift", "subnet_groups"): _redshift_subnets,
    ("redshift_serverless", "namespaces"): _namespace,
    ("redshift_serverless", "workgroups"): _redshift_workgroup,
    ("mwaa", "environments"): _environment,
}


@pytest.mark.parametrize("where", RESOURCES, ids="/".join)
def test_sees_what_is_made_and_not_what_is_gone(empty: Cloud, where: tuple[str, str]) -> None:
    assert empty.inventory() == {}
    undo: list[Callable[[], Any]] = []
    try:
        identifier = RESOURCES[where](empty, undo)
        service, collection = where
        assert identifier in empty.inventory()[service][collection.strip()]
    finally:
        for step in reversed(undo):
            step()
    assert empty.inventory() == {}


def test_sees_services_that_nothing_else_here_uses(empty: Cloud) -> None:
    sns, sqs, dynamodb = (empty.client(name) for name in ("sns", "sqs", "dynamodb"))
    topic = sns.create_topic(Name="failures")["TopicArn"]
    queue = sqs.create_queue(QueueName="queue")["QueueUrl"]
    dynamodb.create_table(
        TableName="table",
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    seen = empty.inventory()
    assert seen["sns"]["topics"] == [topic]
    assert seen["dynamodb"]["tables"] == ["table"]
    assert "queue" in str(seen["sqs"])
    sns.delete_topic(TopicArn=topic)
    sqs.delete_queue(QueueUrl=queue)
    dynamodb.delete_table(TableName="table")
    assert empty.inventory() == {}


def test_log_groups_that_services_share_are_nobodys(empty: Cloud) -> None:
    logs = empty.client("logs")
    shared = ("/aws-glue/crawlers", "/aws-glue/jobs/output", "/aws-glue/jobs/error")
    for group in (*shared, "/aws-glue/jobs/mine/output"):
        logs.create_log_group(logGroupName=group)
    assert empty.inventory() == {"cloudwatch_logs": {"log_groups": ["/aws-glue/jobs/mine/output"]}}
    for group in (*shared, "/aws-glue/jobs/mine/output"):
        logs.delete_log_group(logGroupName=group)
    assert empty.inventory() == {}


def test_sees_what_is_made_in_another_region(empty: Cloud) -> None:
    ec2 = empty.client("ec2", region_name="eu-west-1")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    assert empty.inventory()["ec2"]["vpcs"] == [vpc]
    ec2.delete_vpc(VpcId=vpc)
    assert empty.inventory() == {}


def test_sees_it_after_a_restart_too(fresh: Cloud) -> None:
    fresh.start()
    undo: list[Callable[[], Any]] = []
    bucket, vpc = _bucket(fresh, undo), _vpc(fresh, undo)
    before = fresh.inventory()
    fresh.stop()
    fresh.start()
    assert fresh.inventory() == before
    assert bucket in before["s3"]["buckets_meta"]
    assert vpc in before["ec2"]["vpcs"]
    for step in reversed(undo):
        step()
    assert fresh.inventory() == {}


def test_is_not_for_everyone(empty: Cloud) -> None:
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {empty.keys[1]}"}):
        assert empty.get("/_local/inventory", headers)[0] == 403


def test_a_history_of_queries_is_no_resource(empty: Cloud) -> None:
    undo: list[Callable[[], Any]] = []
    bucket = _bucket(empty, undo)
    athena = empty.client("athena")
    started = athena.start_query_execution(
        QueryString="SELECT 1",
        ResultConfiguration={"OutputLocation": f"s3://{bucket}/results/"},
    )["QueryExecutionId"]
    assert started in list(athena.list_query_executions()["QueryExecutionIds"])
    state = "RUNNING"
    while state in ("QUEUED", "RUNNING"):
        execution = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]
        state = execution["Status"]["State"]
    for step in reversed(undo):
        step()
    assert empty.inventory() == {}
