"""What AWS's API models allow, and AWS refuses all the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from running import ACCOUNT, REGION, Cloud, unique
from test_auth import refused
from test_iam import TRUST

Network = dict[str, str]


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud of their own: what is made here is not taken away."""
    running = Cloud(tmp_path_factory.mktemp("limited"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def network(limited: Cloud) -> Network:
    """A VPC with a subnet, a route table, an internet gateway and a group."""
    ec2 = limited.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    group = ec2.create_security_group(GroupName="one", Description="R&D", VpcId=vpc)["GroupId"]
    return {"vpc": vpc, "subnet": subnet, "table": table, "gateway": gateway, "group": group}


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("create_vpc", {"CidrBlock": "10.0.0.0/15"}, "InvalidVpc.Range"),
        ("create_subnet", {"CidrBlock": "10.0.0.128/25"}, "InvalidSubnet.Conflict"),
        ("create_subnet", {"CidrBlock": "10.1.0.0/24"}, "InvalidSubnet.Range"),
        ("create_subnet", {"CidrBlock": "10.0.9.0/29"}, "InvalidSubnet.Range"),
        (
            "create_subnet",
            {"CidrBlock": "10.0.9.0/24", "AvailabilityZone": f"{REGION}z"},
            "InvalidParameterValue",
        ),
        (
            "create_security_group",
            {"GroupName": "two", "Description": "it's two"},
            "InvalidParameterValue",
        ),
        (
            "create_security_group",
            {"GroupName": "sg-two", "Description": "two"},
            "InvalidParameterValue",
        ),
        ("associate_route_table", {"SubnetId": "{subnet}"}, "Resource.AlreadyAssociated"),
        (
            "create_route",
            {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "{gateway}"},
            "RouteAlreadyExists",
        ),
        (
            "create_route",
            {"DestinationCidrBlock": "1.0.0.0/8", "NatGatewayId": "nat-0"},
            "InvalidNatGatewayID.NotFound",
        ),
        (
            "replace_route",
            {"DestinationCidrBlock": "2.0.0.0/8", "GatewayId": "{gateway}"},
            "InvalidParameterValue",
        ),
        ("delete_route_table", {}, "DependencyViolation"),
        ("delete_internet_gateway", {"InternetGatewayId": "{gateway}"}, "DependencyViolation"),
    ],
)
def test_ec2_refuses(
    limited: Cloud, network: Network, operation: str, arguments: dict[str, str], code: str
) -> None:
    ec2 = limited.client("ec2")
    of_table = {"RouteTableId": network["table"]} if "route" in operation else {}
    of_vpc = (
        {"VpcId": network["vpc"]} if operation in ("create_subnet", "create_security_group") else {}
    )
    given = {key: value.format(**network) for key, value in arguments.items()}
    assert refused(getattr(ec2, operation), **of_table, **of_vpc, **given)[0] == code


def test_a_vpc_has_one_internet_gateway(limited: Cloud, network: Network) -> None:
    ec2 = limited.client("ec2")
    second = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    call = {"InternetGatewayId": second, "VpcId": network["vpc"]}
    assert refused(ec2.attach_internet_gateway, **call)[0] == "InvalidParameterValue"
    # A route through a gateway of another network leads nowhere.
    route = {"RouteTableId": network["table"], "DestinationCidrBlock": "3.0.0.0/8"}
    assert refused(ec2.create_route, **route, GatewayId=second)[0] == "InvalidParameterValue"


def test_a_group_answers_its_description_and_has_each_rule_once(
    limited: Cloud, network: Network
) -> None:
    ec2 = limited.client("ec2")
    group = network["group"]
    [there] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert there["Description"] == "R&D"

    def rule(low: int, high: int, **peer: Any) -> dict[str, Any]:
        permission = {"IpProtocol": "tcp", "FromPort": low, "ToPort": high, **peer}
        return {"GroupId": group, "IpPermissions": [permission]}

    ten = {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "ten"}]}
    ec2.authorize_security_group_ingress(**rule(1, 2, **ten))
    for wrong, code in (
        (rule(1, 2, **ten), "InvalidPermission.Duplicate"),
        (rule(2, 1, **ten), "InvalidParameterValue"),
        (rule(1, 2, UserIdGroupPairs=[{"GroupId": "sg-0"}]), "InvalidGroup.NotFound"),
        (
            rule(3, 3, IpRanges=[{"CidrIp": "10.0.0.0/8", "Description": "“ten”"}]),
            "InvalidParameterValue",
        ),
    ):
        assert refused(ec2.authorize_security_group_ingress, **wrong)[0] == code


def test_a_rule_of_all_protocols_has_no_ports(limited: Cloud, network: Network) -> None:
    ec2 = limited.client("ec2")
    group = ec2.create_security_group(
        GroupName=unique("group"), Description="a", VpcId=network["vpc"]
    )["GroupId"]
    everything = {
        "IpProtocol": "-1",
        "FromPort": 0,
        "ToPort": 0,
        "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
    }
    call = {"GroupId": group, "IpPermissions": [everything]}
    # A new group has it.
    assert refused(ec2.authorize_security_group_egress, **call)[0] == "InvalidPermission.Duplicate"
    ec2.revoke_security_group_egress(**call)
    ec2.authorize_security_group_egress(**call)
    [there] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert len(there["IpPermissionsEgress"]) == 1


def test_a_group_has_sixty_rules_a_direction_and_an_interface_five_groups(
    limited: Cloud, network: Network
) -> None:
    ec2, vpc = limited.client("ec2"), network["vpc"]
    groups = [
        ec2.create_security_group(GroupName=unique("group"), Description="a", VpcId=vpc)["GroupId"]
        for _ in range(6)
    ]

    def rules(first: int, last: int) -> dict[str, Any]:
        ranges = [{"CidrIp": f"10.0.0.{number}/32"} for number in range(first, last)]
        permission = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": ranges}
        return {"GroupId": groups[0], "IpPermissions": [permission]}

    ec2.authorize_security_group_ingress(**rules(0, 60))
    code, _ = refused(ec2.authorize_security_group_ingress, **rules(60, 61))
    assert code == "RulesPerSecurityGroupLimitExceeded"
    ec2.authorize_security_group_egress(**rules(0, 59))
    code, _ = refused(ec2.authorize_security_group_egress, **rules(59, 60))
    assert code == "RulesPerSecurityGroupLimitExceeded"
    endpoint = {
        "VpcId": vpc,
        "ServiceName": f"com.amazonaws.{REGION}.sqs",
        "VpcEndpointType": "Interface",
        "SubnetIds": [network["subnet"]],
    }
    code, _ = refused(ec2.create_vpc_endpoint, **endpoint, SecurityGroupIds=groups)
    assert code == "SecurityGroupsPerInterfaceLimitExceeded"
    ec2.create_vpc_endpoint(**endpoint, SecurityGroupIds=groups[:5])


def test_tags_are_answered_as_given_and_bounded(limited: Cloud, network: Network) -> None:
    ec2 = limited.client("ec2")
    text = 'R&D <#1> "x"'
    vpc = network["vpc"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Team", "Value": text}])
    [there] = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
    assert there["Tags"] == [{"Key": "Team", "Value": text}]
    reserved = [{"Key": "aws:mine", "Value": "x"}]
    more = [{"Key": f"k{number}", "Value": "x"} for number in range(50)]
    for tags, code in ((reserved, "InvalidParameterValue"), (more, "TagLimitExceeded")):
        assert refused(ec2.create_tags, Resources=[vpc], Tags=tags)[0] == code


def test_a_service_has_one_way_from_a_network(limited: Cloud, network: Network) -> None:
    ec2 = limited.client("ec2")
    gateway = {
        "VpcId": network["vpc"],
        "ServiceName": f"com.amazonaws.{REGION}.s3",
        "VpcEndpointType": "Gateway",
        "RouteTableIds": [network["table"]],
    }
    interface = {
        "VpcId": network["vpc"],
        "ServiceName": f"com.amazonaws.{REGION}.logs",
        "VpcEndpointType": "Interface",
        "SubnetIds": [network["subnet"]],
        "PrivateDnsEnabled": True,
    }
    for endpoint, code in ((gateway, "RouteAlreadyExists"), (interface, "InvalidParameter")):
        ec2.create_vpc_endpoint(**endpoint)
        assert refused(ec2.create_vpc_endpoint, **endpoint)[0] == code


def _policy(count: int) -> str:
    resources = [f"arn:aws:s3:::{'b' * 50}{number:03}/*" for number in range(count)]
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resources}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_iam_counts_a_role_s_policies_together(limited: Cloud) -> None:
    iam = limited.client("iam")
    name = unique("role")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName=name, PolicyName="a", PolicyDocument=_policy(80))
    second = {"RoleName": name, "PolicyName": "b", "PolicyDocument": _policy(80)}
    assert refused(iam.put_role_policy, **second)[0] == "LimitExceeded"
    # In place of the first it counts alone.
    iam.put_role_policy(**{**second, "PolicyName": "a"})
    policies = [
        iam.create_policy(PolicyName=unique("policy"), PolicyDocument=_policy(1))["Policy"]["Arn"]
        for _ in range(11)
    ]
    for arn in policies[:10]:
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    last = {"RoleName": name, "PolicyArn": policies[-1]}
    assert refused(iam.attach_role_policy, **last)[0] == "LimitExceeded"
    last["PolicyArn"] += "-not"
    assert refused(iam.attach_role_policy, **last)[0] == "NoSuchEntity"


def test_iam_bounds_policies_and_names(limited: Cloud) -> None:
    iam = limited.client("iam")
    big = {"PolicyName": unique("policy"), "PolicyDocument": _policy(95)}
    assert refused(iam.create_policy, **big)[0] == "LimitExceeded"
    # White space does not count.
    iam.create_policy(**{**big, "PolicyDocument": _policy(80).replace(" ", " " * 50)})
    name = unique("role")
    trust = json.loads(TRUST)
    trust["Statement"][0]["Principal"]["AWS"] = [f"arn:aws:iam::{n:012}:root" for n in range(60)]
    long = {"RoleName": name, "AssumeRolePolicyDocument": json.dumps(trust)}
    assert refused(iam.create_role, **long)[0] == "LimitExceeded"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    other_case = {"RoleName": name.upper(), "AssumeRolePolicyDocument": TRUST}
    assert refused(iam.create_role, **other_case)[0] == "EntityAlreadyExists"
    reserved = {"RoleName": name, "Tags": [{"Key": "aws:mine", "Value": "x"}]}
    assert refused(iam.tag_role, **reserved)[0] == "InvalidInput"


def test_texts_are_answered_as_given(limited: Cloud) -> None:
    text = 'R&D <x> "it\'s"'
    iam, sns, ec2 = (limited.client(service) for service in ("iam", "sns", "ec2"))
    name = unique("role")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Description=text)
    assert made["Role"]["Description"] == text
    assert iam.get_role(RoleName=name)["Role"]["Description"] == text
    policy = {"PolicyName": unique("policy"), "PolicyDocument": _policy(1), "Description": text}
    arn = iam.create_policy(**policy)["Policy"]["Arn"]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Description"] == text
    tags = [{"Key": "Team", "Value": text}]
    topic = sns.create_topic(Name=unique("topic"), Tags=tags)["TopicArn"]
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == tags
    document = json.dumps({"Version": "2012-10-17", "Statement": []})
    attribute = {"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": document}
    sns.set_topic_attributes(**attribute)
    there = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert json.loads(there["Policy"]) == json.loads(document)
    assert text in refused(ec2.delete_vpc, VpcId=text)[1]


def test_sns_bounds_topics_and_subscriptions(limited: Cloud) -> None:
    sns = limited.client("sns")
    name = unique("topic")
    arn = sns.create_topic(Name=name)["TopicArn"]
    assert sns.create_topic(Name=name)["TopicArn"] == arn
    text = "R&D <x>"
    sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue=text)
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"] == text
    for call, wrong in (
        (sns.create_topic, {"Name": "a.b"}),
        (sns.create_topic, {"Name": name, "Tags": [{"Key": "k", "Value": "v"}]}),
        (sns.set_topic_attributes, {"AttributeName": "Policy", "AttributeValue": "{"}),
        (sns.set_topic_attributes, {"AttributeName": "Colour", "AttributeValue": "red"}),
        (sns.subscribe, {"Protocol": "fax", "Endpoint": "1"}),
        (sns.subscribe, {"Protocol": "email", "Endpoint": "nobody"}),
        (sns.subscribe, {"Protocol": "https", "Endpoint": "http://example.com"}),
        (sns.subscribe, {"Protocol": "sqs", "Endpoint": "queue"}),
        (sns.subscribe, {"Protocol": "sms", "Endpoint": "nobody"}),
        (sns.set_topic_attributes, {"AttributeName": "DisplayName", "AttributeValue": "d" * 101}),
        (sns.create_topic, {"Name": "tagged", "Tags": [{"Key": "aws:a", "Value": "v"}]}),
        (sns.create_topic, {"Name": "tagged", "Tags": [{"Key": "k" * 129, "Value": "v"}]}),
        (sns.create_topic, {"Name": "tagged", "Tags": [{"Key": "k", "Value": "v" * 257}]}),
    ):
        of_topic = {} if "Name" in wrong else {"TopicArn": arn}
        assert refused(call, **of_topic, **wrong)[0] == "InvalidParameter", wrong


def test_no_policy_names_somebody_who_is_not_there(limited: Cloud) -> None:
    iam, kms, s3, sns = (limited.client(service) for service in ("iam", "kms", "s3", "sns"))
    name = unique("role")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    bucket, topic = limited.bucket(), sns.create_topic(Name=unique("topic"))["TopicArn"]

    def policy(arn: str, action: str, resource: str) -> str:
        statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": action}
        root = {
            **statement,
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "kms:*",
        }
        of_key = [{**root, "Resource": "*"}] if action.startswith("kms") else []
        of_role = {} if action.startswith("sts") else {"Resource": resource}
        return json.dumps(
            {"Version": "2012-10-17", "Statement": [{**statement, **of_role}, *of_key]}
        )

    def calls(arn: str) -> list[tuple[Any, dict[str, str], str]]:
        trust, document = "AssumeRolePolicyDocument", "PolicyDocument"
        asked, attribute = policy(arn, "sts:AssumeRole", ""), {"AttributeName": "Policy"}
        malformed, topic_policy = "MalformedPolicyDocument", policy(arn, "sns:Publish", topic)
        return [
            (iam.create_role, {"RoleName": unique("role"), trust: asked}, malformed),
            (iam.update_assume_role_policy, {"RoleName": name, document: asked}, malformed),
            (kms.create_key, {"Policy": policy(arn, "kms:Decrypt", "*")}, f"{malformed}Exception"),
            (
                s3.put_bucket_policy,
                {"Bucket": bucket, "Policy": policy(arn, "s3:*", f"arn:aws:s3:::{bucket}/*")},
                "MalformedPolicy",
            ),
            (
                sns.set_topic_attributes,
                {"TopicArn": topic, **attribute, "AttributeValue": topic_policy},
                "InvalidParameter",
            ),
        ]

    for wrong in (f"{role}-not", role.replace(":role/", ":user/"), role.replace("/", "/path/")):
        for call, arguments, code in calls(wrong):
            assert refused(call, **arguments)[0] == code, (wrong, arguments)
    for right in (role, "arn:aws:iam::999999999999:role/theirs"):
        for call, arguments, _ in calls(right):
            call(**arguments)


def test_a_key_has_fifty_aliases(limited: Cloud) -> None:
    kms = limited.client("kms")
    key, name = kms.create_key()["KeyMetadata"]["KeyId"], unique("key")
    for number in range(50):
        kms.create_alias(AliasName=f"alias/{name}-{number}", TargetKeyId=key)
    last = {"AliasName": f"alias/{name}", "TargetKeyId": key}
    assert refused(kms.create_alias, **last)[0] == "LimitExceededException"


def test_a_key_that_is_being_deleted_stays_as_it_is(limited: Cloud) -> None:
    kms = limited.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    policy = kms.get_key_policy(KeyId=key)["Policy"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    for call, arguments in (
        (kms.create_alias, {"AliasName": f"alias/{unique('key')}", "TargetKeyId": key}),
        (kms.enable_key_rotation, {"KeyId": key}),
        (kms.put_key_policy, {"KeyId": key, "Policy": policy}),
        (kms.schedule_key_deletion, {"KeyId": key}),
        (kms.tag_resource, {"KeyId": key, "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        (kms.update_key_description, {"KeyId": key, "Description": "d"}),
    ):
        assert refused(call, **arguments)[0] == "KMSInvalidStateException", call


def test_parameters_keep_their_type_and_tier(limited: Cloud) -> None:
    ssm = limited.client("ssm")
    given = {"Name": f"/{unique('p')}", "Value": "1", "Type": "String", "Tier": "Advanced"}
    ssm.put_parameter(**given)
    again = {**given, "Overwrite": True}
    secure, lower = {**again, "Type": "SecureString"}, {**again, "Tier": "Standard"}
    assert refused(ssm.put_parameter, **secure)[0] == "HierarchyTypeMismatchException"
    assert refused(ssm.put_parameter, **lower)[0] == "ValidationException"
    long = {**given, "Name": f"/{'p' * 1011}"}
    assert refused(ssm.put_parameter, **long)[0] == "ValidationException"


def test_log_groups_have_no_reserved_names(limited: Cloud) -> None:
    logs = limited.client("logs")
    name = unique("group")
    logs.create_log_group(logGroupName=name)
    twice = refused(logs.create_log_group, logGroupName=name)
    assert twice[0] == "ResourceAlreadyExistsException"
    for wrong in ({"logGroupName": "aws/x"}, {"logGroupName": "x", "tags": {"aws:x": "y"}}):
        assert refused(logs.create_log_group, **wrong)[0] == "InvalidParameterException"


def test_nobody_is_locked_out_of_a_key(limited: Cloud) -> None:
    kms = limited.client("kms")
    service = {"Service": "logs.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": service, "Action": "kms:*", "Resource": "*"}
    locked = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    for wrong in ("{", locked):
        assert refused(kms.create_key, Policy=wrong)[0] == "MalformedPolicyDocumentException"
    kms.create_key(Policy=locked, BypassPolicyLockoutSafetyCheck=True)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    alias = {"AliasName": "alias/aws/mine", "TargetKeyId": key}
    assert refused(kms.create_alias, **alias)[0] == "InvalidAliasNameException"


def test_s3_bounds_names_and_configurations(limited: Cloud) -> None:
    s3 = limited.client("s3")
    assert refused(s3.create_bucket, Bucket="xn--bucket")[0] == "InvalidBucketName"
    bucket = limited.bucket()
    text = "R+D = é_1/2@x"
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "Team", "Value": text}]})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "Team", "Value": text}]
    for pairs in (
        [("aws:mine", "x")],
        [("Team", "x"), ("Team", "y")],
        [("R&D", "x")],
        [("a", "<")],
    ):
        tags = {"TagSet": [{"Key": key, "Value": value} for key, value in pairs]}
        assert refused(s3.put_bucket_tagging, Bucket=bucket, Tagging=tags)[0] == "InvalidTag"
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    eleven = {"TagSet": [{"Key": f"k{number}", "Value": "x"} for number in range(11)]}
    assert refused(s3.put_object_tagging, Bucket=bucket, Key="k", Tagging=eleven)[0] == "BadRequest"
    assert refused(s3.put_object, Bucket=bucket, Key="é" * 513)[0] == "KeyTooLongError"
    s3.put_object(Bucket=bucket, Key="é" * 512)
    default = {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "key"}
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    call = {"Bucket": bucket, "ServerSideEncryptionConfiguration": encryption}
    assert refused(s3.put_bucket_encryption, **call)[0] == "InvalidArgument"
    none = {"Bucket": bucket, "ServerSideEncryptionConfiguration": {"Rules": []}}
    assert refused(s3.put_bucket_encryption, **none)[0] == "MalformedXML"
    for rules in ([], [{"ObjectOwnership": "Anybody"}]):
        call = {"Bucket": bucket, "OwnershipControls": {"Rules": rules}}
        assert refused(s3.put_bucket_ownership_controls, **call)[0] == "MalformedXML"
    rule = {"ID": "all", "Status": "Enabled", "Filter": {}}
    expiring = {**rule, "Expiration": {"Days": 1}}
    early = {**rule, "Transitions": [{"Days": 29, "StorageClass": "STANDARD_IA"}]}
    bare = {"ID": "all", "Status": "Enabled", "Expiration": {"Days": 1}}
    for rules, code in (
        ([expiring, expiring], "InvalidArgument"),
        ([], "MalformedXML"),
        ([bare], "MalformedXML"),
        ([{**expiring, "ID": "i" * 256}], "InvalidArgument"),
        ([rule], "InvalidRequest"),
        ([early], "InvalidArgument"),
    ):
        call = {"Bucket": bucket, "LifecycleConfiguration": {"Rules": rules}}
        assert refused(s3.put_bucket_lifecycle_configuration, **call)[0] == code
