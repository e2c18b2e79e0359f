"""Glue's jobs: the script really runs, as the job's role, and its end is told as Glue tells it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from running import ACCOUNT, REGION, Cloud, allow, unique, until
from test_auth import refused
from test_stepfunctions import Machines, one

GLUE = "glue.amazonaws.com"

#: Counts the films of a Parquet file, and writes them to another.
COUNT = """
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession

options = getResolvedOptions(sys.argv, ["JOB_NAME", "input", "output", "least"])
spark = SparkSession.builder.getOrCreate()
films = spark.read.parquet(options["input"])
kept = films.where(films.ratings >= int(options["least"]))
kept.orderBy("movieid").write.mode("overwrite").parquet(options["output"])
print("kept", kept.count(), "by", options["JOB_NAME"])
"""

#: Runs without Spark, for what is not about it: quick, and the process is the same.
PLAIN = "import sys, os, time, json\nprint(json.dumps(sys.argv[1:]))\n"


class Jobs:
    """A bucket with scripts, and a role for jobs."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.glue = cloud.client("glue")
        self.s3 = cloud.client("s3")
        self.bucket = cloud.bucket()
        self.role = cloud.role(GLUE, self.rights())

    def rights(self) -> list[dict[str, Any]]:
        """What the jobs need."""
        return [
            allow(
                ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                [
                    f"arn:aws:s3:::{self.bucket}/jobs/*",
                    f"arn:aws:s3:::{self.bucket}/output*",
                    f"arn:aws:s3:::{self.bucket}/curated*",
                ],
            ),
            allow("s3:ListBucket", f"arn:aws:s3:::{self.bucket}"),
            allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]),
        ]

    def job(self, script: str = PLAIN, **more: Any) -> str:
        """Make a job of a script; its name."""
        name = unique("job")
        key = f"jobs/glue/{name}.py"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=script.encode())
        command = {"ScriptLocation": f"s3://{self.bucket}/{key}", "PythonVersion": "3"}
        made = {
            "Name": name,
            "Role": self.role,
            "GlueVersion": "5.1",
            "WorkerType": "G.1X",
            "NumberOfWorkers": 2,
            **more,
            "Command": {"Name": "glueetl", **command, **more.get("Command", {})},
        }
        self.glue.create_job(**{key: value for key, value in made.items() if value is not None})
        return name

    def start(self, job: str, **more: Any) -> str:
        """Start a run; its id."""
        return self.glue.start_job_run(JobName=job, **more)["JobRunId"]

    def get(self, job: str, run: str) -> dict[str, Any]:
        """A run."""
        return self.glue.get_job_run(JobName=job, RunId=run)["JobRun"]

    def running(self, job: str, run: str) -> None:
        """Wait until a run is running."""
        until(lambda: self.get(job, run)["JobRunState"] == "RUNNING")

    def end(self, job: str, run: str, seconds: float = 120) -> dict[str, Any]:
        """A run that has ended."""

        def ended() -> Any:
            found = self.get(job, run)
            return found["JobRunState"] not in ("STARTING", "RUNNING", "STOPPING") and found

        return until(ended, seconds)

    def run(self, job: str, **more: Any) -> dict[str, Any]:
        """Run a job to its end."""
        return self.end(job, self.start(job, **more))

    def log(self, run: dict[str, Any], kind: str = "output", stream: str | None = None) -> str:
        """A log of a run."""
        events = self.cloud.client("logs").get_log_events(
            logGroupName=f"{run['LogGroupName']}/{kind}",
            logStreamName=stream or f"{run['Id']}-driver",
        )["events"]
        return "\n".join(event["message"] for event in events)

    def mark(self, tmp_path: Path) -> tuple[str, Callable[[], int]]:
        """A script that writes its process's id and sleeps; and what reads the id."""
        file = tmp_path / unique("pid")
        script = (
            "import os, time, pathlib\n"
            f"pathlib.Path({str(file)!r}).write_text(str(os.getpid()))\n"
            "print('asleep', flush=True)\n"
            "time.sleep(600)\n"
        )
        return script, lambda: int(until(lambda: file.exists() and file.read_text()))


def gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture(scope="module")
def jobs(cloud: Cloud) -> Jobs:
    return Jobs(cloud)


@pytest.fixture(scope="module")
def late(jobs: Jobs) -> tuple[str, str]:
    """A run that will be stopped by its time limit, a minute from now: others run meanwhile."""
    job = jobs.job("import time\nprint('waits', flush=True)\ntime.sleep(600)\n", Timeout=1)
    return job, jobs.start(job)


# What runs.


def test_spark_reads_and_writes_as_the_role(
    jobs: Jobs, tmp_path: Path, late: tuple[str, str]
) -> None:
    path = tmp_path / "films.parquet"
    films = (
        "SELECT i AS movieid, 'Léon ' || i AS title, (i % 7)::BIGINT AS ratings FROM range(99) t(i)"
    )
    duckdb.execute(f"COPY ({films}) TO '{path}' (FORMAT parquet)")
    jobs.s3.put_object(Bucket=jobs.bucket, Key="output/movie/a.parquet", Body=path.read_bytes())
    job = jobs.job(
        COUNT,
        DefaultArguments={
            "--input": f"s3://{jobs.bucket}/output/movie/",
            "--output": f"s3://{jobs.bucket}/curated/films/",
            "--least": "0",
        },
    )
    run = jobs.run(job, Arguments={"--least": "3"})
    assert run["JobRunState"] == "SUCCEEDED", run
    listed = jobs.s3.list_objects_v2(Bucket=jobs.bucket, Prefix="curated/films/")["Contents"]
    keys = [entry["Key"] for entry in listed]
    assert "curated/films/_SUCCESS" in keys
    for number, key in enumerate(key for key in keys if key.endswith(".parquet")):
        body = jobs.s3.get_object(Bucket=jobs.bucket, Key=key)["Body"].read()
        (tmp_path / f"out{number}.parquet").write_bytes(body)
    expected = duckdb.execute(f"{films} WHERE i % 7 >= 3 ORDER BY i").fetchall()
    found = duckdb.execute(
        f"SELECT movieid, title, ratings FROM '{tmp_path}/out*.parquet' ORDER BY movieid"
    ).fetchall()
    assert found == expected
    assert f"kept {len(expected)} by {job}" in jobs.log(run)
    assert run["ExecutionTime"] > 0 and run["CompletedOn"] > run["StartedOn"]
    assert run["Arguments"] == {"--least": "3"} and "ErrorMessage" not in run

    # The same job where the role may not read.
    other = jobs.cloud.bucket()
    denied = jobs.run(job, Arguments={"--input": f"s3://{other}/movie/"})
    assert denied["JobRunState"] == "FAILED"
    lines = denied["ErrorMessage"].splitlines()
    refused = [line for line in lines if "needed in role" in line]
    assert any(f"s3:GetObject on resource: arn:aws:s3:::{other}/movie" in line for line in refused)
    said = [line for line in lines if line not in refused]
    assert said[0].startswith("Py4JJavaError: An error occurred while calling")
    assert f"AccessDeniedException: s3://{other}/movie" in denied["ErrorMessage"]


def test_a_script_gets_its_arguments(jobs: Jobs) -> None:
    job = jobs.job(
        PLAIN + "print(sorted(k for k in os.environ if k.startswith('LOCAL_CLOUD')))\n",
        DefaultArguments={"--a": "default", "--b": "default", "--job-language": "python"},
        NonOverridableArguments={"--c": "fixed"},
    )
    run = jobs.run(job, Arguments={"--b": "given", "--c": "given"})
    assert run["JobRunState"] == "SUCCEEDED", run
    first, second = jobs.log(run).splitlines()[:2]
    parts = json.loads(first)
    given = dict(zip(parts[::2], parts[1::2], strict=True))
    assert given["--JOB_NAME"] == job
    assert given["--JOB_RUN_ID"] == run["Id"]
    assert (given["--a"], given["--b"], given["--c"]) == ("default", "given", "fixed")
    assert second == "[]"


@pytest.mark.full
def test_boto3_in_a_script_is_the_role(jobs: Jobs) -> None:
    script = (
        "import boto3\n"
        "print(boto3.client('sts').get_caller_identity()['Arn'])\n"
        "boto3.client('ssm').get_parameter(Name='/a')\n"
    )
    run = jobs.run(jobs.job(script))
    assert f"assumed-role/{jobs.role.rsplit('/', 1)[-1]}/" in jobs.log(run)
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("AccessDeniedException: ")
    assert "ssm:GetParameter" in run["ErrorMessage"]


@pytest.mark.full
def test_settings_of_spark(jobs: Jobs) -> None:
    script = (
        "from pyspark.sql import SparkSession\n"
        "conf = SparkSession.builder.getOrCreate().conf\n"
        "print(conf.get('spark.sql.shuffle.partitions'), conf.get('spark.some.setting'))\n"
    )
    text = "spark.sql.shuffle.partitions=3 --conf spark.some.setting=x=y"
    run = jobs.run(jobs.job(script, DefaultArguments={"--conf": text}))
    assert jobs.log(run).splitlines()[-1] == "3 x=y"


@pytest.mark.full
def test_groups_and_streams_that_the_job_names(jobs: Jobs) -> None:
    job = jobs.job(
        PLAIN + "print('complains', file=sys.stderr)\n",
        DefaultArguments={
            "--custom-logGroup-prefix": "/mwaa-movielens/glue",
            "--custom-logStream-prefix": "transform",
        },
    )
    run = jobs.run(job)
    assert run["LogGroupName"] == "/mwaa-movielens/glue"
    assert job in jobs.log(run, stream="transform-driver")
    assert "complains" in jobs.log(run, stream="transform-driver")
    assert "ShutdownHookManager" in jobs.log(run, "error", stream="transform-driver")


@pytest.mark.full
def test_a_security_configuration(jobs: Jobs) -> None:
    key = jobs.cloud.log_key()
    security = unique("security")
    jobs.glue.create_security_configuration(
        Name=security,
        EncryptionConfiguration={
            "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": key},
        },
    )
    rights = [*jobs.rights(), allow("logs:AssociateKmsKey")]
    without = jobs.cloud.role(GLUE, rights)
    failed = jobs.run(jobs.job(Role=without, SecurityConfiguration=security))
    assert "glue:GetSecurityConfiguration" in failed["ErrorMessage"]
    role = jobs.cloud.role(GLUE, [*rights, allow("glue:GetSecurityConfiguration")])
    prefix = {"--custom-logGroup-prefix": "/aws-glue/jobs/mine"}
    job = jobs.job(Role=role, SecurityConfiguration=security, DefaultArguments=prefix)
    run = jobs.run(job)
    assert run["JobRunState"] == "SUCCEEDED", run
    group = f"/aws-glue/jobs/mine/{security}-role/{role.rsplit('/', 1)[-1]}"
    assert run["LogGroupName"] == group
    assert job in jobs.log(run)
    found = jobs.cloud.client("logs").describe_log_groups(logGroupNamePrefix=f"{group}/output")
    assert [entry["kmsKeyId"] for entry in found["logGroups"]] == [key]
    absent = jobs.job(SecurityConfiguration="none")
    assert refused(jobs.glue.start_job_run, JobName=absent)[0] == "EntityNotFoundException"


# How it fails.


@pytest.mark.full
@pytest.mark.parametrize(
    ("end", "message"),
    [
        ("raise ValueError('no ratings in s3://x')", "ValueError: no ratings in s3://x"),
        ("class Own(Exception): pass\nraise Own('it')", "Own: it"),
        ("import nothing_such", "ModuleNotFoundError: No module named 'nothing_such'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("sys.exit('ratings/ was not finished')", "SystemExit: ratings/ was not finished"),
        ("sys.exit(3)", "SystemExit: 3"),
        ("os._exit(4)", "Command failed with exit code"),
        ("os.kill(os.getpid(), 9)", "Command failed with exit code"),
    ],
)
def test_a_script_that_fails(jobs: Jobs, end: str, message: str) -> None:
    run = jobs.run(jobs.job(PLAIN + end + "\n"))
    assert run["JobRunState"] == "FAILED"
    assert message in run["ErrorMessage"]
    if "exit code" not in message:
        assert run["ErrorMessage"] == message
        assert message.split(": ")[-1] in jobs.log(run)


@pytest.mark.full
def test_an_error_of_sparks(jobs: Jobs) -> None:
    script = (
        "from pyspark.sql import SparkSession\n"
        f"SparkSession.builder.getOrCreate().read.parquet('s3://{jobs.bucket}/output/none/')\n"
    )
    run = jobs.run(jobs.job(script))
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("AnalysisException: [PATH_NOT_FOUND]")
    assert f"{jobs.bucket}/output/none" in run["ErrorMessage"]


def test_a_script_that_is_not_there_or_not_allowed(jobs: Jobs) -> None:
    job = jobs.job()
    jobs.s3.delete_object(Bucket=jobs.bucket, Key=f"jobs/glue/{job}.py")
    run = jobs.run(job)
    assert run["JobRunState"] == "FAILED" and run["ExecutionTime"] == 0
    assert f"jobs/glue/{job}.py" in run["ErrorMessage"] and "LAUNCH" in run["ErrorMessage"]
    poor = jobs.cloud.role(GLUE)
    run = jobs.run(jobs.job(Role=poor))
    assert run["JobRunState"] == "FAILED" and "denied" in run["ErrorMessage"].lower()


@pytest.mark.full
def test_a_role_that_may_not_log_still_runs(jobs: Jobs) -> None:
    role = jobs.cloud.role(GLUE, jobs.rights()[:2])
    assert jobs.run(jobs.job(Role=role))["JobRunState"] == "SUCCEEDED"


def test_trust_in_this_job_alone(jobs: Jobs) -> None:
    name = unique("conditional")
    source = {"aws:SourceArn": f"arn:aws:glue:{REGION}:{ACCOUNT}:job/{name}"}
    role = jobs.cloud.role(GLUE, jobs.rights(), {"ArnEquals": source})
    assert refused(jobs.job, Role=role)[0] == "InvalidInputException"
    # The process of a run gets the role for the same job.
    script = "import boto3\nprint(boto3.client('sts').get_caller_identity()['Arn'])\n"
    jobs.job(script, Name=name, Role=role)
    run = jobs.run(name)
    assert run["JobRunState"] == "SUCCEEDED", run
    assert role.rsplit("/", 1)[-1] in jobs.log(run)
    iam = jobs.cloud.client("iam")
    trust = iam.get_role(RoleName=role.rsplit("/", 1)[-1])["Role"]["AssumeRolePolicyDocument"]
    trust["Statement"][0]["Principal"] = {"Service": "ec2.amazonaws.com"}
    iam.update_assume_role_policy(
        RoleName=role.rsplit("/", 1)[-1], PolicyDocument=json.dumps(trust)
    )
    run = jobs.run(name)
    assert run["JobRunState"] == "FAILED" and "assume role" in run["ErrorMessage"]


@pytest.mark.full
def test_one_run_at_a_time(jobs: Jobs, tmp_path: Path) -> None:
    script, pid = jobs.mark(tmp_path)
    job = jobs.job(script)
    first = jobs.start(job)
    code, message = refused(jobs.glue.start_job_run, JobName=job)
    assert code == "ConcurrentRunsExceededException" and job in message
    process = pid()
    jobs.running(job, first)
    stopped = jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=[first, "jr_none"])
    assert [s["JobRunId"] for s in stopped["SuccessfulSubmissions"]] == [first]
    assert [e["JobRunId"] for e in stopped["Errors"]] == ["jr_none"]
    ended = jobs.end(job, first)
    assert ended["JobRunState"] == "STOPPED"
    assert gone(process)
    assert "asleep" in jobs.log(ended)
    errors = jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=[first])["Errors"]
    assert errors[0]["ErrorDetail"]["ErrorCode"] == "InvalidInputException"


@pytest.mark.full
def test_as_many_runs_as_the_job_says(jobs: Jobs, tmp_path: Path) -> None:
    script, _ = jobs.mark(tmp_path)
    job = jobs.job(script, ExecutionProperty={"MaxConcurrentRuns": 2})
    runs = [jobs.start(job), jobs.start(job)]
    assert refused(jobs.glue.start_job_run, JobName=job)[0] == "ConcurrentRunsExceededException"
    listed = jobs.glue.get_job_runs(JobName=job)["JobRuns"]
    assert [run["Id"] for run in listed] == runs[::-1]
    page = jobs.glue.get_job_runs(JobName=job, MaxResults=1)
    assert [run["Id"] for run in page["JobRuns"]] == runs[1:]
    jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=runs)
    assert {jobs.end(job, run)["JobRunState"] for run in runs} == {"STOPPED"}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"--job-bookmark-option": "job-bookmark-enable"}, "bookmark"),
        ({"--additional-python-modules": "duckdb"}, "--additional-python-modules"),
        ({"--extra-py-files": "s3://b/a.zip"}, "--extra-py-files"),
        ({"--extra-jars": "s3://b/a.jar"}, "--extra-jars"),
    ],
)
def test_an_argument_that_would_be_ignored(
    jobs: Jobs, arguments: dict[str, str], named: str
) -> None:
    job = jobs.job(DefaultArguments=arguments)
    code, message = refused(jobs.glue.start_job_run, JobName=job)
    assert code == "InvalidInputException" and named in message
    assert jobs.glue.get_job_runs(JobName=job)["JobRuns"] == []


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"GlueVersion": "3.0"}, "GlueVersion 3.0"),
        ({"WorkerType": "Z.9X"}, "WorkerType"),
        ({"NumberOfWorkers": 1}, "NumberOfWorkers"),
        ({"MaxCapacity": 4.0}, "Max Capacity"),
        ({"MaxRetries": 1}, "MaxRetries"),
        ({"Command": {"Name": "gluestreaming", "ScriptLocation": "s3://b/k"}}, "gluestreaming"),
        ({"Command": {"Name": "glueetl", "ScriptLocation": "/etc/passwd"}}, "/etc/passwd"),
    ],
)
def test_a_job_that_is_refused(jobs: Jobs, more: dict[str, Any], named: str) -> None:
    code, message = refused(jobs.job, **more)
    assert code in ("InvalidInputException", "ValidationException")
    assert named.lower() in message.lower()


def test_a_role_is_passed_and_trusted(jobs: Jobs) -> None:
    untrusting = jobs.cloud.role("ec2.amazonaws.com")
    code, message = refused(jobs.job, Role=untrusting)
    assert code == "InvalidInputException" and untrusting in message
    service = "airflow-env.amazonaws.com"
    maker = jobs.cloud.role(service, [allow(["glue:CreateJob", "glue:UpdateJob"])])
    client = jobs.cloud.client("glue", jobs.cloud.as_role(maker, service))
    job = jobs.job()
    known = jobs.glue.get_job(JobName=job)["Job"]
    made = {"Role": known["Role"], "Command": known["Command"]}
    for call in (
        lambda: client.create_job(Name=unique("job"), **made),
        lambda: client.update_job(JobName=job, JobUpdate=made),
    ):
        code, message = refused(call)
        assert code == "AccessDeniedException" and "iam:PassRole" in message


def test_life_of_a_job(jobs: Jobs) -> None:
    job = jobs.job(Tags={"a": "b"}, Timeout=5, Description="first")
    made = jobs.glue.get_job(JobName=job)["Job"]
    assert made["ExecutionProperty"] == {"MaxConcurrentRuns": 1}
    assert (made["Timeout"], made["MaxCapacity"], made["MaxRetries"]) == (5, 2.0, 0)
    arn = f"arn:aws:glue:{REGION}:{ACCOUNT}:job/{job}"
    assert jobs.glue.get_tags(ResourceArn=arn)["Tags"] == {"a": "b"}
    assert refused(jobs.glue.create_job, Name=job, Role=jobs.role, Command=made["Command"])[0] == (
        "AlreadyExistsException"
    )
    jobs.glue.update_job(
        JobName=job, JobUpdate={"Role": jobs.role, "Command": made["Command"], "Timeout": 7}
    )
    changed = jobs.glue.get_job(JobName=job)["Job"]
    # What an update does not name has its default again.
    assert changed["Timeout"] == 7 and "Description" not in changed
    assert changed["CreatedOn"] == made["CreatedOn"]
    assert job in jobs.cloud.inventory()["glue"]["jobs"]
    jobs.glue.delete_job(JobName=job)
    jobs.glue.delete_job(JobName=job)
    assert refused(jobs.glue.get_job, JobName=job)[0] == "EntityNotFoundException"
    assert refused(jobs.glue.start_job_run, JobName=job)[0] == "EntityNotFoundException"


def test_rights_are_those_on_the_job(jobs: Jobs) -> None:
    mine, other = jobs.job(), jobs.job()
    service = "states.amazonaws.com"
    actions = ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"]
    arn = f"arn:aws:glue:{REGION}:{ACCOUNT}:job/{mine}"
    role = jobs.cloud.role(service, [allow(actions, arn)])
    client = jobs.cloud.client("glue", jobs.cloud.as_role(role, service))
    run = client.start_job_run(JobName=mine)["JobRunId"]
    assert client.get_job_run(JobName=mine, RunId=run)["JobRun"]["Id"] == run
    client.batch_stop_job_run(JobName=mine, JobRunIds=[run])
    code, message = refused(client.start_job_run, JobName=other)
    assert code == "AccessDeniedException" and other in message
    denied = client.batch_stop_job_run
    assert refused(denied, JobName=other, JobRunIds=["jr_x"])[0] == "AccessDeniedException"


@pytest.mark.full
@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_run_does_not_outlive_the_cloud(fresh: Cloud, tmp_path: Path, end: str) -> None:
    fresh.start()
    jobs = Jobs(fresh)
    script, pid = jobs.mark(tmp_path)
    job = jobs.job(script)
    run = jobs.start(job)
    process = pid()
    jobs.running(job, run)
    fresh.saved()
    if end == "kill":
        fresh.kill()
    else:
        assert fresh.stop() == 0
    until(lambda: gone(process))
    fresh.start()
    ended = jobs.get(job, run)
    assert ended["JobRunState"] == "FAILED" and "restarted" in ended["ErrorMessage"]
    plain = jobs.job()
    assert jobs.run(plain)["JobRunState"] == "SUCCEEDED"


# Step Functions waits for it.


def sync(job: str, **more: Any) -> dict[str, Any]:
    """A machine that runs a job."""
    resource = "arn:aws:states:::glue:startJobRun.sync"
    state = {"Type": "Task", "Resource": resource, "Parameters": {"JobName": job}, **more}
    return one(state)


def sync_right(job: str) -> dict[str, Any]:
    """What it needs."""
    actions = ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"]
    return allow(actions, f"arn:aws:glue:{REGION}:{ACCOUNT}:job/{job}")


@pytest.fixture(scope="module")
def machines(cloud: Cloud) -> Machines:
    return Machines(cloud)


def test_a_state_waits_for_its_run(jobs: Jobs, machines: Machines) -> None:
    job = jobs.job()
    parameters = {"JobName": job, "Arguments": {"--min_ratings": "5"}}
    execution = machines.start(
        machines.make(sync(job, Parameters=parameters), sync_right(job)), name="run"
    )
    ended = machines.end(execution, 60)
    assert ended["status"] == "SUCCEEDED", ended
    run = json.loads(ended["output"])
    assert run["JobRunState"] == "SUCCEEDED" and run["JobName"] == job
    assert run["Arguments"] == {"--min_ratings": "5"}
    assert run["CompletedOn"] > run["StartedOn"] > 1_600_000_000_000
    assert jobs.get(job, run["Id"])["JobRunState"] == "SUCCEEDED"
    kinds = [event["type"] for event in machines.events(execution)]
    assert "TaskSubmitted" in kinds and "TaskSucceeded" in kinds


@pytest.mark.full
def test_a_run_that_fails_is_the_cause(jobs: Jobs, machines: Machines) -> None:
    job = jobs.job("raise RuntimeError('ratings/ was not finished')\n")
    ended = machines.end(machines.start(machines.make(sync(job), sync_right(job))), 60)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    run = json.loads(ended["cause"])
    assert run["JobRunState"] == "FAILED" and run["JobName"] == job
    assert run["ErrorMessage"] == "RuntimeError: ratings/ was not finished"


@pytest.mark.full
@pytest.mark.parametrize("how", ["aborted", "machine's limit", "task's limit", "other branch"])
def test_a_state_that_is_left_stops_its_run(
    jobs: Jobs, machines: Machines, tmp_path: Path, how: str
) -> None:
    script, pid = jobs.mark(tmp_path)
    job = jobs.job(script)
    definition = sync(job, **({"TimeoutSeconds": 8} if how == "task's limit" else {}))
    if how == "machine's limit":
        definition["TimeoutSeconds"] = 8
    if how == "other branch":
        fail = {
            "StartAt": "Wait",
            "States": {
                "Wait": {"Type": "Wait", "Seconds": 80, "Next": "Fail"},
                "Fail": {"Type": "Fail", "Error": "Other"},
            },
        }
        definition["States"]["B"] = definition["States"].pop("A")
        definition["StartAt"] = "B"
        definition = one({"Type": "Parallel", "Branches": [definition, fail]})
    execution = machines.start(machines.make(definition, sync_right(job)))
    process = pid()
    run = jobs.glue.get_job_runs(JobName=job)["JobRuns"][0]["Id"]
    if how == "aborted":
        machines.states.stop_execution(executionArn=execution)
    ended = machines.end(execution, 60)
    assert (ended["status"], ended.get("error")) == {
        "aborted": ("ABORTED", None),
        "machine's limit": ("TIMED_OUT", None),
        "task's limit": ("FAILED", "States.Timeout"),
        "other branch": ("FAILED", "Other"),
    }[how]
    assert jobs.end(job, run)["JobRunState"] == "STOPPED"
    assert gone(process)


@pytest.mark.full
def test_a_run_that_somebody_else_stops(jobs: Jobs, machines: Machines, tmp_path: Path) -> None:
    script, pid = jobs.mark(tmp_path)
    job = jobs.job(script)
    execution = machines.start(machines.make(sync(job), sync_right(job)))
    pid()
    run = jobs.glue.get_job_runs(JobName=job)["JobRuns"][0]["Id"]
    jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=[run])
    ended = machines.end(execution, 60)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(ended["cause"])["JobRunState"] == "STOPPED"


@pytest.mark.full
def test_a_job_that_is_busy_is_tried_again(jobs: Jobs, machines: Machines, tmp_path: Path) -> None:
    script, _ = jobs.mark(tmp_path)
    job = jobs.job(script)
    first = jobs.start(job)
    rule = {
        "ErrorEquals": ["Glue.ConcurrentRunsExceededException"],
        "IntervalSeconds": 1,
        "MaxAttempts": 30,
        "BackoffRate": 1.0,
        "JitterStrategy": "FULL",
    }
    execution = machines.start(machines.make(sync(job, Retry=[rule]), sync_right(job)))
    until(lambda: "TaskFailed" in [event["type"] for event in machines.events(execution)])
    jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=[first])
    until(lambda: "TaskSubmitted" in [event["type"] for event in machines.events(execution)])
    machines.states.stop_execution(executionArn=execution)
    second = jobs.glue.get_job_runs(JobName=job)["JobRuns"][0]["Id"]
    assert second != first
    assert jobs.end(job, second)["JobRunState"] == "STOPPED"


@pytest.mark.full
def test_a_run_has_a_time_limit(jobs: Jobs, late: tuple[str, str]) -> None:
    run = jobs.end(*late, seconds=150)
    assert run["JobRunState"] == "TIMEOUT"
    assert "Timeout of 1 minute" in run["ErrorMessage"]
    assert run["ExecutionTime"] >= 60
    assert "waits" in jobs.log(run)
