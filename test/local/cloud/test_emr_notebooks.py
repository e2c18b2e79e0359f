"""Notebook executions on EMR's clusters: they really run, the code as the role of the nodes."""

from __future__ import annotations

import base64
import json
import re
import time
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from running import ACCOUNT, REGION, Cloud, allow, unique, until
from test_auth import refused
from test_emr import EC2, EMR, Clusters, alive

APPLICATIONS = [
    {"Name": name} for name in ("Hadoop", "Spark", "Hive", "Livy", "JupyterEnterpriseGateway")
]
#: What a service role needs besides what S3 is for.
REACH = [
    allow(
        ["elasticmapreduce:DescribeCluster", "elasticmapreduce:ListInstances"],
        f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:cluster/*",
    ),
    allow("ec2:CreateNetworkInterface", f"arn:aws:ec2:{REGION}:{ACCOUNT}:*/*"),
]
OVER = ("FINISHED", "FAILED", "STOPPED")


def code(source: str, *tags: str) -> dict[str, Any]:
    """A cell of code."""
    return {
        "cell_type": "code",
        "id": unique("cell"),
        "metadata": {"tags": list(tags)},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }


def notebook(*sources: str, kernel: str | None = "python3", parameters: str = "") -> str:
    """A notebook whose cells have these sources."""
    cells = [code(parameters, "parameters")] if parameters else []
    named = {"kernelspec": {"name": kernel, "display_name": "x", "language": "python"}}
    return json.dumps(
        {
            "cells": [*cells, *map(code, sources)],
            "metadata": named if kernel else {},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def output(cell: dict[str, Any]) -> str:
    """What a cell printed."""
    return "".join("".join(one["text"]) for one in cell["outputs"] if one.get("name") == "stdout")


class Notebooks(Clusters):
    """Clusters that take notebooks, and what one asks of executions."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.notebook_role = cloud.role(
            EMR,
            [
                allow("s3:GetObject", f"arn:aws:s3:::{self.bucket}/notebooks/*"),
                allow("s3:PutObject", f"arn:aws:s3:::{self.bucket}/executed/*"),
                *REACH,
            ],
            {
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:*"},
            },
        )

    def up(self, **more: Any) -> str:
        return super().up(**{"Applications": APPLICATIONS, **more})

    def asked(self, cluster: str, *sources: str, **more: Any) -> dict[str, Any]:
        """A request to run a notebook that has cells with these sources."""
        key = f"notebooks/{unique('notebook')}.ipynb"
        self.put(key, notebook(*sources, **more.pop("notebook", {})))
        request = {
            "ExecutionEngine": {"Id": cluster, "Type": "EMR"},
            "ServiceRole": self.notebook_role,
            "NotebookS3Location": {"Bucket": self.bucket, "Key": key},
            "OutputNotebookS3Location": {"Bucket": self.bucket, "Key": "executed/"},
            **more,
        }
        return {member: value for member, value in request.items() if value is not None}

    def begin(self, cluster: str, *sources: str, **more: Any) -> str:
        """Start an execution; its id."""
        asked = self.asked(cluster, *sources, **more)
        return self.emr.start_notebook_execution(**asked)["NotebookExecutionId"]

    def execution(self, identifier: str) -> dict[str, Any]:
        described = self.emr.describe_notebook_execution(NotebookExecutionId=identifier)
        return described["NotebookExecution"]

    def execution_until(self, identifier: str, *states: str) -> dict[str, Any]:
        def reached() -> Any:
            execution = self.execution(identifier)
            return execution["Status"] in states and execution

        return until(reached, 120)

    def execute(self, cluster: str, *sources: str, **more: Any) -> dict[str, Any]:
        """Run a notebook; the execution at its end."""
        return self.execution_until(self.begin(cluster, *sources, **more), *OVER)

    def keys(self, prefix: str) -> list[str]:
        """The keys below a prefix, without it."""
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        return [entry["Key"].removeprefix(prefix) for entry in found]

    def object(self, uri: str) -> str:
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()

    def executed(self, execution: dict[str, Any]) -> dict[str, Any]:
        """The executed notebook."""
        return json.loads(self.object(execution["OutputNotebookURI"]))


@pytest.fixture(scope="module")
def notebooks(cloud: Cloud) -> Notebooks:
    return Notebooks(cloud)


@pytest.fixture(scope="module")
def waiting(notebooks: Notebooks) -> str:
    """A cluster for tests that leave it waiting."""
    return notebooks.up()


# Executions that come to their end.


def test_a_notebook_runs(notebooks: Notebooks, waiting: str) -> None:
    begun = time.time()
    parameters = {"n": 41, "words": ["a", "Ünï & 'co'"], "none": None, "yes": True}
    asked = notebooks.asked(
        waiting,
        "print(n + 1, words, none, yes)",
        notebook={"parameters": "n = 1\nwords = []\nnone = 0\nyes = False"},
        NotebookExecutionName="mine",
        NotebookParams=json.dumps(parameters),
        EnvironmentVariables={"KERNEL_LAUNCH_TIMEOUT": "350"},
        Tags=[{"Key": "team", "Value": "data"}],
    )
    identifier = notebooks.emr.start_notebook_execution(**asked)["NotebookExecutionId"]
    at_work = notebooks.execution(identifier)
    assert at_work["Status"] in ("START_PENDING", "STARTING", "RUNNING")
    assert not {"EndTime", "LastStateChangeReason", "OutputNotebookURI"} & set(at_work)
    ended = notebooks.execution_until(identifier, *OVER)
    name = asked["NotebookS3Location"]["Key"].rsplit("/", 1)[-1]
    uri = f"s3://{notebooks.bucket}/executed/executions/{identifier}/{name}"
    assert begun <= ended.pop("StartTime").timestamp() <= ended.pop("EndTime").timestamp()
    assert ended == {
        "NotebookExecutionId": identifier,
        "Arn": f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:notebook-execution/{identifier}",
        "Status": "FINISHED",
        "LastStateChangeReason": f"Execution is finished for cluster {waiting}.",
        "OutputNotebookURI": uri,
        **{member: value for member, value in asked.items() if member != "ServiceRole"},
    }
    executed = notebooks.executed(ended)
    injected, cell = executed["cells"][1:]
    assert injected["metadata"]["tags"] == ["injected-parameters"]
    assert output(cell) == "42 ['a', \"Ünï & 'co'\"] None True\n"
    papermill = executed["metadata"]["papermill"]
    assert papermill["parameters"] == parameters
    assert papermill["output_path"] == uri
    assert papermill["input_path"].endswith(asked["NotebookS3Location"]["Key"])
    assert str(notebooks.cloud.folder) not in json.dumps(executed)
    # The cluster waited, as EMR's do: only steps make it RUNNING. No page was asked for.
    assert notebooks.status(waiting)["State"] == "WAITING"
    assert notebooks.keys(f"executed/executions/{identifier}/") == [name]


@pytest.mark.full
def test_a_notebook_of_the_pyspark_kernel_has_a_session(notebooks: Notebooks, waiting: str) -> None:
    target = f"s3://{notebooks.bucket}/out/session"
    ended = notebooks.execute(
        waiting,
        f"spark.range(5).write.parquet({target!r})",
        "sc.parallelize(range(9)).map(lambda n: 2 * n).sum()",
        notebook={"kernel": "pysparkkernel"},
    )
    assert ended["Status"] == "FINISHED", ended
    assert notebooks.rows("out/session") == [(n,) for n in range(5)]
    cell = notebooks.executed(ended)["cells"][1]
    assert cell["outputs"][-1]["data"]["text/plain"] == ["72"]


@pytest.mark.full
def test_a_notebook_of_the_python_kernel_makes_its_session(notebooks: Notebooks) -> None:
    """With the settings of the cluster, and none but its own file system for `s3://`."""
    defaults = {
        "Classification": "spark-defaults",
        "Properties": {"spark.sql.shuffle.partitions": "3", "spark.master": "yarn"},
    }
    cluster = notebooks.up(Configurations=[defaults])
    target = f"s3://{notebooks.bucket}/out/own"
    ended = notebooks.execute(
        cluster,
        "from pyspark.sql import SparkSession\n"
        "spark = SparkSession.builder.appName('a name').getOrCreate()\n"
        f"spark.range(3).write.parquet({target!r})\n"
        "print(*map(spark.conf.get, ['spark.sql.shuffle.partitions', 'spark.master', "
        "'spark.app.name']), sep='|')\n"
        "jvm = spark._jvm.java.lang.management.ManagementFactory.getRuntimeMXBean()\n"
        "print([a for a in jvm.getInputArguments() if 'SharedArchiveFile' in a])",
    )
    assert ended["Status"] == "FINISHED", ended
    assert notebooks.rows("out/own") == [(0,), (1,), (2,)]
    (cell,) = notebooks.executed(ended)["cells"]
    settings, archive = output(cell).splitlines()
    assert settings == "3|local[2]|a name"
    assert "spark-classes.jsa" in archive
    notebooks.emr.terminate_job_flows(JobFlowIds=[cluster])


class References(HTMLParser):
    """What a page loads, and what it holds."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.images: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "img":
            self.images.append(named["src"] or "")
        elif tag in ("link", "script", "iframe"):
            self.loads += filter(None, [named.get("src"), named.get("href")])


@pytest.mark.full
def test_the_page_shows_its_charts_and_loads_nothing(notebooks: Notebooks, waiting: str) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'
    ended = notebooks.execute(
        waiting,
        f"from IPython.display import HTML, SVG, display\ndisplay(SVG({svg!r}))",
        "display(HTML('<table><td>a cell of a table</td></table>'))",
        OutputNotebookFormat="HTML",
    )
    assert ended["Status"] == "FINISHED", ended
    assert ended["OutputNotebookFormat"] == "HTML"
    uri = ended["OutputNotebookURI"].removesuffix(".ipynb") + ".html"
    page = notebooks.object(uri)
    found = References(page)
    kind, content = found.images[0].split(",", 1)
    assert kind == "data:image/svg+xml;base64"
    assert "<circle" in base64.b64decode(content).decode()
    assert "<td>a cell of a table</td>" in page
    assert found.loads == []
    assert not re.search(r"(?:@import|url\(|import\s*\()\s*['\"]?(?:https?:)?//", page)
    assert f"<title>{uri.rsplit('/', 1)[-1].removesuffix('.html')}</title>" in page
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    head = notebooks.s3.head_object(Bucket=bucket, Key=key)
    assert head["ContentType"] == "text/html; charset=utf-8"


@pytest.mark.full
def test_executions_side_by_side(notebooks: Notebooks, waiting: str, tmp_path: Path) -> None:
    """Each waits for the other one's file."""
    files = [tmp_path / name for name in "ab"]
    waits = (
        "import pathlib, time\npathlib.Path({0!r}).touch()\n"
        "while not pathlib.Path({1!r}).exists(): time.sleep(0.05)"
    )
    begun = [
        notebooks.begin(waiting, waits.format(str(mine), str(other)))
        for mine, other in (files, reversed(files))
    ]
    for identifier in begun:
        assert notebooks.execution_until(identifier, *OVER)["Status"] == "FINISHED"


@pytest.mark.full
def test_the_code_has_the_role_of_the_nodes_alone(notebooks: Notebooks, waiting: str) -> None:
    """Neither the service role of the execution nor anything of the cloud."""
    other = notebooks.put("notebooks/other", "x")
    ended = notebooks.execute(
        waiting,
        "import boto3, os\nprint(boto3.client('sts').get_caller_identity()['Arn'])",
        "print(sorted(name for name in os.environ if name.startswith(('AWS_', 'LOCAL_'))))\n"
        "print(os.environ['MINE'])",
        f"spark.read.text({other!r}).collect()",
        notebook={"kernel": "pysparkkernel"},
        EnvironmentVariables={"MINE": "yes", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "none"},
    )
    assert ended["Status"] == "FAILED"
    assert "AccessDenied" in ended["LastStateChangeReason"]
    cells = [c for c in notebooks.executed(ended)["cells"] if c["cell_type"] == "code"]
    assert f":assumed-role/{notebooks.profile}/" in output(cells[0])
    names, mine = output(cells[1]).splitlines()
    assert eval(names) == [
        *("AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        *("AWS_DEFAULT_REGION", "AWS_EC2_METADATA_DISABLED", "AWS_ENDPOINT_URL", "AWS_REGION"),
    ]
    assert mine == "yes"


# What is refused.


def test_a_request_is_looked_at(notebooks: Notebooks, waiting: str) -> None:
    start = notebooks.emr.start_notebook_execution
    right = notebooks.asked(waiting, "1")
    bare = notebooks.up(Applications=[{"Name": "Spark"}])
    gone = notebooks.start()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"ExecutionEngine": {"Id": "j-NONE"}}, "Cluster id 'j-NONE' is not valid."),
        (
            {"ExecutionEngine": {"Id": bare}},
            f"Cluster {bare} does not have Livy, JupyterEnterpriseGateway",
        ),
        (
            {"ExecutionEngine": {"Id": waiting, "ExecutionRoleArn": notebooks.node_role}},
            "ExecutionRoleArn is not supported",
        ),
        (
            {"ExecutionEngine": {"Id": waiting, "MasterInstanceSecurityGroupId": "sg-none"}},
            "'sg-none' of MasterInstanceSecurityGroupId does not exist",
        ),
        (
            {"NotebookInstanceSecurityGroupId": "sg-none"},
            "'sg-none' of NotebookInstanceSecurityGroupId does not exist",
        ),
        (
            {"EditorId": "e-ABC", "RelativePath": "a.ipynb", "NotebookS3Location": None},
            "name it by NotebookS3Location",
        ),
        ({"NotebookS3Location": None}, "NotebookS3Location needs a Bucket"),
        ({"OutputNotebookS3Location": None}, "OutputNotebookS3Location needs a Bucket"),
        (
            {"OutputNotebookS3Location": {"Bucket": notebooks.bucket}},
            "OutputNotebookS3Location needs a Key",
        ),
        (
            {"NotebookS3Location": {"Bucket": "no-such-bucket", "Key": "a.ipynb"}},
            "bucket 'no-such-bucket' of NotebookS3Location does not exist",
        ),
        (
            {"NotebookS3Location": {"Bucket": notebooks.bucket, "Key": "notebooks/"}},
            "'notebooks/' of NotebookS3Location is no notebook",
        ),
        ({"NotebookParams": "{"}, "NotebookParams is no JSON"),
        ({"NotebookParams": "[1]"}, "NotebookParams must be a JSON object"),
        ({"NotebookParams": '{"a b": 1}'}, "'a b' is no name of a variable"),
    ]
    for change, expected in wrong:
        given = {k: v for k, v in {**right, **change}.items() if v is not None}
        code, message = refused(start, **given)
        assert (code, expected in message) == ("InvalidRequestException", True), message
    # Those that the API's model knows.
    for change in ({"OutputNotebookFormat": "PDF"}, {"ExecutionEngine": {"Type": "EMR"}}):
        assert refused(start, **{**right, **change})[0] == "ValidationException"
    notebooks.emr.terminate_job_flows(JobFlowIds=[bare, gone])
    notebooks.until(bare, "TERMINATED")
    for cluster in (bare, gone):
        given = {**right, "ExecutionEngine": {"Id": cluster}}
        code, message = refused(start, **given)
        assert (code, "is in the state TERMINAT" in message) == ("InvalidRequestException", True)


def test_a_cluster_that_comes_up_takes_no_notebook(notebooks: Notebooks) -> None:
    cluster = notebooks.start(Applications=APPLICATIONS)
    code, message = refused(notebooks.emr.start_notebook_execution, **notebooks.asked(cluster, "1"))
    assert code == "InvalidRequestException"
    assert "is in the state " in message
    assert "RUNNING or WAITING" in message
    notebooks.emr.terminate_job_flows(JobFlowIds=[cluster])


def test_a_cluster_of_amd_processors_takes_no_notebook(notebooks: Notebooks) -> None:
    primary = {"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1}
    core = {"InstanceRole": "CORE", "InstanceType": "r5a.xlarge", "InstanceCount": 1}
    cluster = notebooks.up(Instances={"InstanceGroups": [primary, core]})
    _, message = refused(notebooks.emr.start_notebook_execution, **notebooks.asked(cluster, "1"))
    assert "AMD EPYC processors" in message and "r5a.xlarge" in message


def test_a_cluster_with_three_primary_nodes_takes_no_notebook(notebooks: Notebooks) -> None:
    groups = [{"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 3}]
    cluster = notebooks.up(Instances={"InstanceGroups": groups})
    _, message = refused(notebooks.emr.start_notebook_execution, **notebooks.asked(cluster, "1"))
    assert "has 3 primary nodes" in message
    notebooks.emr.terminate_job_flows(JobFlowIds=[cluster])


def test_groups_are_those_of_the_cluster_s_network(notebooks: Notebooks) -> None:
    ec2 = notebooks.cloud.client("ec2")
    groups, subnets = [], []
    for number in (1, 2):
        vpc = ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.{number}.0.0/24")
        subnets.append(made["Subnet"]["SubnetId"])
        made = ec2.create_security_group(GroupName=unique("group"), Description="x", VpcId=vpc)
        groups.append(made["GroupId"])
    cluster = notebooks.up(Instances={"Ec2SubnetId": subnets[0]})
    engine = {"Id": cluster, "MasterInstanceSecurityGroupId": groups[0]}
    asked = notebooks.asked(cluster, "1", ExecutionEngine=engine)
    other = {**asked, "NotebookInstanceSecurityGroupId": groups[1]}
    _, message = refused(notebooks.emr.start_notebook_execution, **other)
    assert f"'{groups[1]}' of NotebookInstanceSecurityGroupId is not in " in message
    asked["NotebookInstanceSecurityGroupId"] = groups[0]
    begun = notebooks.emr.start_notebook_execution(**asked)["NotebookExecutionId"]
    ended = notebooks.execution_until(begun, *OVER)
    assert ended["Status"] == "FINISHED"
    assert ended["ExecutionEngine"] == {**engine, "Type": "EMR"}
    assert ended["NotebookInstanceSecurityGroupId"] == groups[0]
    notebooks.emr.terminate_job_flows(JobFlowIds=[cluster])


def test_an_execution_that_is_not_there(notebooks: Notebooks) -> None:
    for call in (
        notebooks.emr.describe_notebook_execution,
        notebooks.emr.stop_notebook_execution,
    ):
        code, message = refused(call, NotebookExecutionId="ex-NONE")
        assert code == "InvalidRequestException"
        assert "'ex-NONE' is not valid" in message


# Rights.


def caller(notebooks: Notebooks, *statements: dict[str, Any]) -> Any:
    """A client of EMR that may do so much."""
    role = notebooks.cloud.role("airflow.amazonaws.com", list(statements))
    return notebooks.cloud.client("emr", notebooks.cloud.as_role(role, "airflow.amazonaws.com"))


def test_rights_to_start(notebooks: Notebooks, waiting: str) -> None:
    of_cluster = f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:cluster/{waiting}"
    of_executions = f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:notebook-execution/*"
    start = allow("elasticmapreduce:StartNotebookExecution", of_cluster)
    passing = allow(
        "iam:PassRole",
        notebooks.notebook_role,
        Condition={"StringEquals": {"iam:PassedToService": EMR}},
    )
    tagging = allow("elasticmapreduce:AddTags", of_executions)
    tags = [{"Key": "team", "Value": "data"}]
    asked = notebooks.asked(waiting, "1")
    without: list[tuple[list[dict[str, Any]], dict[str, Any], str]] = [
        ([passing], {}, f"elasticmapreduce:StartNotebookExecution on resource: {of_cluster}"),
        ([start], {}, f"iam:PassRole on resource: {notebooks.notebook_role}"),
        (
            [start, {**passing, "Condition": {"StringEquals": {"iam:PassedToService": EC2}}}],
            {},
            "iam:PassRole",
        ),
        ([start, passing], {"Tags": tags}, "elasticmapreduce:AddTags"),
    ]
    for statements, more, missing in without:
        client = caller(notebooks, *statements)
        code, message = refused(client.start_notebook_execution, **asked, **more)
        assert (code, missing in message) == ("AccessDeniedException", True), message
    client = caller(notebooks, start, passing, tagging)
    begun = client.start_notebook_execution(**asked, Tags=tags)["NotebookExecutionId"]
    assert notebooks.execution_until(begun, *OVER)["Status"] == "FINISHED"
    # A role may be given by its name.
    asked["ServiceRole"] = notebooks.notebook_role.rsplit("/", 1)[-1]
    begun = client.start_notebook_execution(**asked)["NotebookExecutionId"]
    assert notebooks.execution_until(begun, *OVER)["Status"] == "FINISHED"


@pytest.mark.full
def test_rights_to_what_was_started(notebooks: Notebooks, waiting: str) -> None:
    begun = notebooks.begin(waiting, "1", Tags=[{"Key": "team", "Value": "data"}])
    of_execution = f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:notebook-execution/{begun}"
    calls = ("DescribeNotebookExecution", "StopNotebookExecution", "ListNotebookExecutions")
    nothing = caller(notebooks, allow("s3:GetObject"))
    named = caller(
        notebooks,
        *(allow(f"elasticmapreduce:{call}", of_execution) for call in calls[:2]),
        allow("elasticmapreduce:ListNotebookExecutions"),
    )
    tagged = caller(
        notebooks,
        allow(
            "elasticmapreduce:Describe*",
            Condition={"StringEquals": {"elasticmapreduce:ResourceTag/team": "data"}},
        ),
    )
    other = notebooks.begin(waiting, "1")
    for client in (named, tagged):
        found = client.describe_notebook_execution(NotebookExecutionId=begun)
        assert found["NotebookExecution"]["NotebookExecutionId"] == begun
        code, message = refused(client.describe_notebook_execution, NotebookExecutionId=other)
        assert code == "AccessDeniedException"
        assert f"notebook-execution/{other}" in message
    for call, given in (
        (nothing.describe_notebook_execution, {"NotebookExecutionId": begun}),
        (nothing.stop_notebook_execution, {"NotebookExecutionId": begun}),
        (nothing.list_notebook_executions, {}),
    ):
        assert refused(call, **given)[0] == "AccessDeniedException"
    assert named.list_notebook_executions()["NotebookExecutions"]
    named.stop_notebook_execution(NotebookExecutionId=begun)
    assert notebooks.execution_until(begun, *OVER)["Status"] == "STOPPED"
    assert notebooks.execution_until(other, *OVER)["Status"] == "FINISHED"


@pytest.mark.parametrize(
    ("trusted", "condition"),
    [(EC2, None), (EMR, {"StringEquals": {"aws:SourceAccount": "999999999999"}})],
)
def test_a_service_role_that_emr_cannot_have(
    notebooks: Notebooks, waiting: str, trusted: str, condition: dict[str, Any] | None
) -> None:
    role = notebooks.cloud.role(trusted, [allow("s3:*")], condition)
    ended = notebooks.execute(waiting, "1", ServiceRole=role)
    assert ended["Status"] == "FAILED"
    assert f"Execution has failed for cluster {waiting}." in ended["LastStateChangeReason"]
    assert f"{EMR} is not authorized to perform: sts:AssumeRole" in ended["LastStateChangeReason"]
    assert "OutputNotebookURI" not in ended


@pytest.mark.full
def test_a_service_role_that_cannot_reach_the_cluster(notebooks: Notebooks) -> None:
    """It makes a network interface in the cluster's subnet, and in the group that is named."""
    ec2 = notebooks.cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.3.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.3.0.0/24")["Subnet"]["SubnetId"]
    named = {"GroupName": unique("group"), "Description": "x", "VpcId": vpc}
    group = ec2.create_security_group(**named)["GroupId"]
    tag = {"Key": "for-notebooks", "Value": "true"}
    ec2.create_tags(Resources=[subnet], Tags=[tag])
    cluster = notebooks.up(Instances={"Ec2SubnetId": subnet})
    s3 = allow("s3:*", f"arn:aws:s3:::{notebooks.bucket}/*")
    tagged = {"StringEquals": {"aws:ResourceTag/for-notebooks": "true"}}
    parts = f"arn:aws:ec2:{REGION}:{ACCOUNT}:"
    create = "ec2:CreateNetworkInterface"
    interface = allow(create, f"{parts}network-interface/*")
    beside = allow(create, [f"{parts}subnet/*", f"{parts}security-group/*"], Condition=tagged)

    def ended(*statements: dict[str, Any]) -> dict[str, Any]:
        role = notebooks.cloud.role(EMR, [s3, *statements])
        asked = {"ServiceRole": role, "NotebookInstanceSecurityGroupId": group}
        return notebooks.execute(cluster, "1", **asked)

    for statements, missing in (
        ([], f"elasticmapreduce:DescribeCluster on resource: {parts[:8]}"),
        (REACH[:1], f"{create} on resource: {parts}network-interface/*"),
        ([REACH[0], interface], f"{create} on resource: {parts}subnet/{subnet}"),
        ([REACH[0], interface, beside], f"{create} on resource: {parts}security-group/{group}"),
    ):
        found = ended(*statements)
        assert found["Status"] == "FAILED"
        assert missing in found["LastStateChangeReason"], found
        assert "insufficient permissions" in found["LastStateChangeReason"]
    ec2.create_tags(Resources=[group], Tags=[tag])
    assert ended(REACH[0], interface, beside)["Status"] == "FINISHED"
    for network, state in ((vpc, "FINISHED"), ("vpc-other", "FAILED")):
        inside = {**beside, "Condition": {"ArnEquals": {"ec2:Vpc": f"{parts}vpc/{network}"}}}
        assert ended(REACH[0], interface, inside)["Status"] == state
    notebooks.emr.terminate_job_flows(JobFlowIds=[cluster])


@pytest.mark.full
def test_tags_of_an_execution(notebooks: Notebooks, waiting: str) -> None:
    begun = notebooks.begin(waiting, "1", Tags=[{"Key": "a", "Value": "1"}])
    emr = notebooks.emr
    emr.add_tags(ResourceId=begun, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}])
    emr.remove_tags(ResourceId=begun, TagKeys=["b"])
    assert notebooks.execution(begun)["Tags"] == [{"Key": "a", "Value": "2"}]
    assert refused(emr.add_tags, ResourceId="ex-NONE", Tags=[])[0] == "InvalidRequestException"
    emr.add_tags(ResourceId=waiting, Tags=[{"Key": "c", "Value": "4"}])
    cluster = emr.describe_cluster(ClusterId=waiting)["Cluster"]
    assert {"Key": "c", "Value": "4"} in cluster["Tags"]
    notebooks.execution_until(begun, *OVER)


# Executions that fail.


@pytest.mark.full
def test_a_notebook_raises(notebooks: Notebooks, waiting: str) -> None:
    ended = notebooks.execute(
        waiting,
        "print('before')",
        "raise ValueError('the date \\'x\\' is none')",
        "print('after')",
        OutputNotebookFormat="HTML",
    )
    assert ended["Status"] == "FAILED"
    assert ended["LastStateChangeReason"] == (
        f"Execution has failed for cluster {waiting}. ValueError: the date 'x' is none"
    )
    assert ended["EndTime"] >= ended["StartTime"]
    cells = [c for c in notebooks.executed(ended)["cells"] if c["cell_type"] == "code"]
    assert output(cells[0]) == "before\n"
    assert cells[1]["outputs"][0]["ename"] == "ValueError"
    assert cells[2]["outputs"] == []
    page = notebooks.object(ended["OutputNotebookURI"].removesuffix(".ipynb") + ".html")
    assert "the date" in page


@pytest.mark.parametrize(
    "kernel", ["python3", pytest.param("pysparkkernel", marks=pytest.mark.full)]
)
def test_a_kernel_dies(notebooks: Notebooks, waiting: str, kernel: str) -> None:
    ended = notebooks.execute(
        waiting,
        "print('before')",
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "print('after')",
        notebook={"kernel": kernel},
    )
    assert ended["Status"] == "FAILED"
    assert "DeadKernelError: Kernel died" in ended["LastStateChangeReason"]
    cells = [c for c in notebooks.executed(ended)["cells"] if c["cell_type"] == "code"]
    assert output(cells[0]) == "before\n"
    assert cells[2]["outputs"] == []


@pytest.mark.full
def test_a_jvm_dies(notebooks: Notebooks, waiting: str) -> None:
    ended = notebooks.execute(
        waiting,
        "sc._jvm.java.lang.Runtime.getRuntime().halt(3)",
        "spark.range(1).count()",
        notebook={"kernel": "pysparkkernel"},
    )
    assert ended["Status"] == "FAILED"
    assert re.search("Py4J|Connection", ended["LastStateChangeReason"]), ended


@pytest.mark.full
def test_what_runs_it_is_killed(notebooks: Notebooks, waiting: str) -> None:
    """While it writes: half a notebook is none."""
    kill = (
        "import os, psutil, signal\nfrom pathlib import Path\n"
        "Path(psutil.Process(os.getppid()).cmdline()[-1], 'output.ipynb').write_text({0!r})\n"
        "os.kill(os.getppid(), signal.SIGKILL)"
    )
    for left, whole in (("{", False), (notebook("1"), True)):
        ended = notebooks.execute(waiting, kill.format(left))
        assert ended["Status"] == "FAILED"
        reason = "What ran the notebook ended with exit code 137."
        assert reason in ended["LastStateChangeReason"]
        assert ("OutputNotebookURI" in ended) is whole


@pytest.mark.full
def test_a_session_that_does_not_begin(notebooks: Notebooks) -> None:
    """Livy's does not either, and what is wrong is told."""
    defaults = {"Classification": "spark-defaults", "Properties": {"spark.driver.cores": "many"}}
    cluster = notebooks.up(Configurations=[defaults])
    ended = notebooks.execute(cluster, "1", notebook={"kernel": "pysparkkernel"})
    assert ended["Status"] == "FAILED"
    assert "Kernel died" in ended["LastStateChangeReason"]
    assert "Driver cores must be a positive number" in ended["LastStateChangeReason"]
    notebooks.emr.terminate_job_flows(JobFlowIds=[cluster])


def test_a_notebook_that_is_not_there(notebooks: Notebooks, waiting: str) -> None:
    key = "notebooks/none.ipynb"
    where = {"Bucket": notebooks.bucket, "Key": key}
    ended = notebooks.execute(waiting, "1", NotebookS3Location=where)
    assert ended["Status"] == "FAILED"
    assert f"s3://{notebooks.bucket}/{key} could not be read" in ended["LastStateChangeReason"]
    # The role may not list the bucket, so that S3 does not tell it what is not there.
    assert "not authorized to perform: s3:ListBucket" in ended["LastStateChangeReason"]
    assert "OutputNotebookURI" not in ended


def test_a_notebook_that_the_service_role_may_not_read(notebooks: Notebooks, waiting: str) -> None:
    """Although the nodes may."""
    notebooks.put("in/some.ipynb", notebook("1"))
    where = {"Bucket": notebooks.bucket, "Key": "in/some.ipynb"}
    ended = notebooks.execute(waiting, "1", NotebookS3Location=where)
    assert ended["Status"] == "FAILED"
    assert "AccessDenied" in ended["LastStateChangeReason"]


def test_an_output_that_the_service_role_may_not_write(notebooks: Notebooks, waiting: str) -> None:
    """Although the nodes may."""
    where = {"Bucket": notebooks.bucket, "Key": "out/executed"}
    for source, expected in (("1", ""), ("raise KeyError(7)", "KeyError: 7 ")):
        ended = notebooks.execute(waiting, source, OutputNotebookS3Location=where)
        assert ended["Status"] == "FAILED"
        reason = ended["LastStateChangeReason"]
        assert f"cluster {waiting}. {expected}The executed notebook was not written" in reason
        assert "AccessDenied" in reason
        assert "OutputNotebookURI" not in ended
    assert notebooks.keys("out/executed/") == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("no JSON", "The file is no notebook"),
        ("[]", "The file is no notebook"),
        (notebook("1", kernel=None), "No kernel name found in notebook"),
        (notebook("1", kernel="sparkkernel"), "The kernel sparkkernel is not supported"),
        (notebook("%%configure\n{}"), "%%configure"),
        (notebook("raise SystemExit(3)"), "SystemExit: 3"),
    ],
)
def test_what_cannot_be_run(
    notebooks: Notebooks, waiting: str, content: str, expected: str
) -> None:
    key = f"notebooks/{unique('wrong')}.ipynb"
    notebooks.put(key, content)
    where = {"Bucket": notebooks.bucket, "Key": key}
    ended = notebooks.execute(waiting, "1", NotebookS3Location=where)
    assert ended["Status"] == "FAILED", ended
    assert expected in ended["LastStateChangeReason"]


# Executions that are ended.

#: Writes the ids of its processes, and does not end. The cell before it is done.
ENDLESS = """
import os, time
with open({file!r} + ".partial", "w") as file:
    print(os.getpid(), {jvm}, file=file)
os.rename({file!r} + ".partial", {file!r})
print("at work", flush=True)
while True:
    time.sleep(0.1)
"""
JVM = "sc._jvm.java.lang.ProcessHandle.current().pid()"


def endless(
    notebooks: Notebooks, cluster: str, file: Path, first: str = "print('before')", **more: Any
) -> tuple[str, list[int]]:
    """Start one that does not end: its id, and those of its processes."""
    jvm = JVM if more.get("notebook", {}).get("kernel") == "pysparkkernel" else "os.getpid()"
    source = ENDLESS.format(file=str(file), jvm=jvm)
    begun = notebooks.begin(cluster, first, source, **more)
    until(file.exists, 120)
    assert notebooks.execution(begun)["Status"] == "RUNNING"
    return begun, [int(pid) for pid in file.read_text().split()]


@pytest.mark.full
@pytest.mark.parametrize("kernel", ["python3", "pysparkkernel"])
def test_an_execution_is_stopped(
    notebooks: Notebooks, waiting: str, tmp_path: Path, kernel: str
) -> None:
    begun, pids = endless(
        notebooks,
        waiting,
        tmp_path / "pids",
        notebook={"kernel": kernel},
        OutputNotebookFormat="HTML",
    )
    notebooks.emr.stop_notebook_execution(NotebookExecutionId=begun)
    assert notebooks.execution(begun)["Status"] in ("STOP_PENDING", "STOPPING")
    # Once more is no error while it stops.
    notebooks.emr.stop_notebook_execution(NotebookExecutionId=begun)
    ended = notebooks.execution_until(begun, *OVER)
    assert ended["Status"] == "STOPPED"
    assert ended["LastStateChangeReason"] == f"Execution is stopped for cluster {waiting}."
    assert not any(alive(pid) for pid in pids)
    cells = [c for c in notebooks.executed(ended)["cells"] if c["cell_type"] == "code"]
    assert output(cells[0]) == "before\n"
    code, message = refused(notebooks.emr.stop_notebook_execution, NotebookExecutionId=begun)
    assert code == "InvalidRequestException"
    assert f"{begun} is STOPPED" in message


@pytest.mark.full
def test_an_execution_that_will_not_end_is_stopped(
    notebooks: Notebooks, waiting: str, tmp_path: Path
) -> None:
    begun, pids = endless(
        notebooks,
        waiting,
        tmp_path / "pids",
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('before')",
    )
    notebooks.emr.stop_notebook_execution(NotebookExecutionId=begun)
    ended = notebooks.execution_until(begun, *OVER)
    assert ended["Status"] == "STOPPED"
    assert not any(alive(pid) for pid in pids)
    assert output(notebooks.executed(ended)["cells"][0]) == "before\n"


@pytest.mark.full
def test_an_execution_is_stopped_before_it_runs(notebooks: Notebooks, waiting: str) -> None:
    begun = notebooks.begin(waiting, "print('never')")
    notebooks.emr.stop_notebook_execution(NotebookExecutionId=begun)
    ended = notebooks.execution_until(begun, *OVER)
    assert ended["Status"] == "STOPPED"
    written = json.dumps(notebooks.executed(ended)) if "OutputNotebookURI" in ended else ""
    assert "stdout" not in written


@pytest.mark.full
def test_a_cluster_is_terminated_under_it(notebooks: Notebooks, tmp_path: Path) -> None:
    cluster = notebooks.up()
    begun, pids = endless(notebooks, cluster, tmp_path / "pids")
    notebooks.emr.terminate_job_flows(JobFlowIds=[cluster])
    ended = notebooks.execution_until(begun, *OVER)
    assert ended["Status"] == "FAILED"
    assert ended["LastStateChangeReason"] == (
        f"Execution has failed for cluster {cluster}. "
        "The cluster was terminated: Terminated by user request."
    )
    assert not any(alive(pid) for pid in pids)
    cells = [c for c in notebooks.executed(ended)["cells"] if c["cell_type"] == "code"]
    assert output(cells[0]) == "before\n"
    assert notebooks.until(cluster, "TERMINATED")["State"] == "TERMINATED"


# Lists.


@pytest.mark.full
def test_executions_are_listed_the_newest_first(notebooks: Notebooks) -> None:
    cluster, other = notebooks.up(), notebooks.up()
    missing = {"Bucket": notebooks.bucket, "Key": "notebooks/none.ipynb"}
    first = notebooks.execute(cluster, "1", NotebookExecutionName="first")
    # boto3 sends whole seconds as bounds.
    time.sleep(1.1)
    second = notebooks.execute(cluster, "1", NotebookS3Location=missing)
    time.sleep(1.1)
    third = notebooks.execute(other, "1", NotebookS3Location=missing)

    def listed(**given: Any) -> list[str]:
        found = notebooks.emr.list_notebook_executions(**given)["NotebookExecutions"]
        return [entry["NotebookExecutionId"] for entry in found]

    ids = [entry["NotebookExecutionId"] for entry in (third, second, first)]
    assert listed()[:3] == ids
    assert listed(ExecutionEngineId=cluster) == ids[1:]
    assert listed(ExecutionEngineId=cluster, Status="FINISHED") == ids[2:]
    assert listed(Status="FAILED")[:2] == ids[:2]
    assert listed(EditorId="e-NONE") == []
    begun = second["StartTime"].replace(microsecond=0)
    second_on = {"From": begun}
    assert listed(**second_on) == ids[:2]
    assert listed(**second_on, To=begun + timedelta(seconds=1)) == ids[1:2]
    assert listed(From=third["StartTime"] + timedelta(days=1)) == []
    entry = notebooks.emr.list_notebook_executions(ExecutionEngineId=cluster, Status="FINISHED")[
        "NotebookExecutions"
    ][0]
    assert entry == {
        "NotebookExecutionId": ids[2],
        "NotebookExecutionName": "first",
        "Status": "FINISHED",
        "StartTime": first["StartTime"],
        "EndTime": first["EndTime"],
        "NotebookS3Location": first["NotebookS3Location"],
        "ExecutionEngineId": cluster,
    }
    code, _ = refused(notebooks.emr.list_notebook_executions, Marker="none")
    assert code == "InvalidRequestException"
    notebooks.emr.terminate_job_flows(JobFlowIds=[cluster, other])


@pytest.mark.full
def test_a_long_list_has_pages(notebooks: Notebooks) -> None:
    cluster = notebooks.up()
    missing = {"Bucket": notebooks.bucket, "Key": "notebooks/none.ipynb"}
    asked = notebooks.asked(cluster, "1", NotebookS3Location=missing)
    begun = [
        notebooks.emr.start_notebook_execution(**asked)["NotebookExecutionId"] for _ in range(52)
    ]
    pages = notebooks.emr.get_paginator("list_notebook_executions").paginate(
        ExecutionEngineId=cluster
    )
    found = [[e["NotebookExecutionId"] for e in page["NotebookExecutions"]] for page in pages]
    assert [len(page) for page in found] == [50, 2]
    assert [entry for page in found for entry in page] == begun[::-1]
    notebooks.emr.terminate_job_flows(JobFlowIds=[cluster])


# The process of the cloud ends, and starts again.


@pytest.mark.full
def test_an_execution_is_not_idle_time(fresh: Cloud, tmp_path: Path) -> None:
    fresh.start()
    notebooks = Notebooks(fresh)
    cluster = notebooks.up(AutoTerminationPolicy={"IdleTimeout": 60})

    def idle_since() -> float | None:
        """As it is saved, since no call tells."""
        file = fresh.folder / "state" / "services" / "emr.json"
        found: list[float] = []

        def noted(part: dict[str, Any]) -> dict[str, Any]:
            found.extend(value for name, value in part.items() if name == "_idleSince" and value)
            return part

        json.loads(file.read_text(), object_hook=noted)
        return found[0] if found else None

    first = until(idle_since)
    begun, _ = endless(notebooks, cluster, tmp_path / "pids")
    until(lambda: idle_since() is None)
    notebooks.emr.stop_notebook_execution(NotebookExecutionId=begun)
    notebooks.execution_until(begun, "STOPPED")
    assert until(idle_since) > first
    assert notebooks.status(cluster)["State"] == "WAITING"


@pytest.mark.full
@pytest.mark.parametrize("end", ["kill", "stop"])
def test_nothing_hangs_after_the_cloud_has_ended(fresh: Cloud, tmp_path: Path, end: str) -> None:
    fresh.start()
    notebooks = Notebooks(fresh)
    cluster = notebooks.up()
    done = notebooks.execute(cluster, "1")
    begun, pids = endless(
        notebooks, cluster, tmp_path / "pids", notebook={"kernel": "pysparkkernel"}
    )
    fresh.saved()
    getattr(fresh, end)()
    until(lambda: not any(alive(pid) for pid in pids), 10)

    fresh.start()
    notebooks.emr, notebooks.s3 = fresh.client("emr"), fresh.client("s3")
    assert notebooks.execution(done["NotebookExecutionId"]) == done
    ended = notebooks.execution(begun)
    assert ended["Status"] == "FAILED"
    assert ended["LastStateChangeReason"] == (
        f"Execution has failed for cluster {cluster}. "
        "The local cloud was restarted while the notebook ran."
    )
    assert ended["EndTime"] > ended["StartTime"]
    assert refused(notebooks.emr.stop_notebook_execution, NotebookExecutionId=begun)
    # The cluster has lost nothing: another execution comes to its end.
    assert notebooks.execute(cluster, "1")["Status"] == "FINISHED"
    assert set(fresh.inventory()["emr"]) == {"clusters"}
    for folder in ("spark-work", "emr-notebooks"):
        assert not list((fresh.folder / "state" / folder).iterdir())
    notebooks.emr.terminate_job_flows(JobFlowIds=[cluster])
    notebooks.until(cluster, "TERMINATED")
    assert "emr" not in fresh.inventory()


@pytest.mark.full
def test_without_spark_it_is_told_what_is_missing(
    fresh: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_CLOUD_SPARK", str(fresh.folder / "bin" / "python"))
    fresh.start()
    notebooks = Notebooks(fresh)
    ended = notebooks.execute(notebooks.up(), "1")
    assert ended["Status"] == "FAILED"
    assert "Spark is not set up: there is no" in ended["LastStateChangeReason"]
