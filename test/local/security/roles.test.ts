import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

import { AthenaClient, StartQueryExecutionCommand } from "@aws-sdk/client-athena";
import { CloudWatchLogsClient, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { EMRClient, RunJobFlowCommand, StartNotebookExecutionCommand } from "@aws-sdk/client-emr";
import { GlueClient, StartCrawlerCommand, StartJobRunCommand } from "@aws-sdk/client-glue";
import {
  CreateRoleCommand,
  IAMClient,
  ListRolesCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { ExecuteStatementCommand, RedshiftDataClient } from "@aws-sdk/client-redshift-data";
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";

import { clientConfig } from "../../../local/cli/cloud";
import { BUCKETS } from "../cli/runs";
import { demo } from "../demoStack";

type Config = ReturnType<typeof clientConfig>;

const ACCOUNT = "123456789012";
const arn = (service: string, resource: string) =>
  `arn:aws:${service}:us-east-1:${ACCOUNT}:${resource}`;
const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
  ],
});

const RIGHTS = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" }],
});

/** The roles of the stack: who takes each, and for which resource where its trust policy asks. */
const ROLES: Readonly<Record<string, { service: string; source?: string }>> = {
  execution: { service: "airflow-env.amazonaws.com" },
  "emr-ec2": { service: "ec2.amazonaws.com" },
  "emr-notebook": { service: "ec2.amazonaws.com" },
  emr: {
    service: "elasticmapreduce.amazonaws.com",
    source: arn("elasticmapreduce", "cluster/j-1"),
  },
  notebook: {
    service: "elasticmapreduce.amazonaws.com",
    source: arn("elasticmapreduce", "notebook-execution/ex-1"),
  },
  "glue-job": { service: "glue.amazonaws.com" },
  states: {
    service: "states.amazonaws.com",
    source: arn("states", "stateMachine:Movielens-Transform-job"),
  },
  "redshift-copy": { service: "redshift.amazonaws.com" },
  "flow-logs": { service: "vpc-flow-logs.amazonaws.com", source: arn("ec2", "vpc-flow-log/fl-1") },
};

const OTHER_BUCKET = "another-bucket-of-this-account";
const OTHER_ROLE = `arn:aws:iam::${ACCOUNT}:role/another-role`;

/** What none of the roles may do: each on something that the stack has not given it. */
const PROBES: Readonly<Record<string, (config: Config, role: string) => Promise<unknown>>> = {
  "s3:GetObject of another bucket": (config) =>
    s3(config).send(new GetObjectCommand({ Bucket: OTHER_BUCKET, Key: "a" })),
  "s3:GetObject beside the folders of the data": (config) =>
    s3(config).send(new GetObjectCommand({ Bucket: BUCKETS.data, Key: "private/a" })),
  "s3:PutObject where the DAGs lie": (config) =>
    s3(config).send(
      new PutObjectCommand({ Bucket: BUCKETS.airflow, Key: "dags/.probe", Body: "" }),
    ),
  "ssm:GetParameter of another path": (config) =>
    new SSMClient(config).send(new GetParameterCommand({ Name: "/another/parameter" })),
  "states:StartExecution of another machine": (config) =>
    new SFNClient(config).send(
      new StartExecutionCommand({ stateMachineArn: arn("states", "stateMachine:another") }),
    ),
  "glue:StartJobRun of another job": (config) =>
    new GlueClient(config).send(new StartJobRunCommand({ JobName: "another" })),
  "glue:StartCrawler of another crawler": (config) =>
    new GlueClient(config).send(new StartCrawlerCommand({ Name: "another" })),
  "athena:StartQueryExecution in another workgroup": (config) =>
    new AthenaClient(config).send(
      new StartQueryExecutionCommand({ QueryString: "SELECT 1", WorkGroup: "primary" }),
    ),
  "redshift-data:ExecuteStatement in another workgroup": (config) =>
    new RedshiftDataClient(config).send(
      new ExecuteStatementCommand({ WorkgroupName: "another", Database: "dev", Sql: "SELECT 1" }),
    ),
  "logs:PutLogEvents to another group": (config) =>
    new CloudWatchLogsClient(config).send(
      new PutLogEventsCommand({
        logGroupName: "another",
        logStreamName: "a",
        logEvents: [{ timestamp: Date.now(), message: "a" }],
      }),
    ),
  "sns:Publish to another topic": (config) =>
    new SNSClient(config).send(
      new PublishCommand({ TopicArn: arn("sns", "another"), Message: "a" }),
    ),
  "iam:CreateRole": (config) =>
    new IAMClient(config).send(
      new CreateRoleCommand({ RoleName: "probe", AssumeRolePolicyDocument: TRUST }),
    ),
  "iam:PutRolePolicy for itself": (config, role) =>
    new IAMClient(config).send(
      new PutRolePolicyCommand({
        RoleName: role,
        PolicyName: "probe",
        PolicyDocument: RIGHTS,
      }),
    ),
  "iam:UpdateAssumeRolePolicy of another": (config) =>
    new IAMClient(config).send(
      new UpdateAssumeRolePolicyCommand({ RoleName: "another-role", PolicyDocument: TRUST }),
    ),
};

function s3(config: Config): S3Client {
  return new S3Client({ ...config, forcePathStyle: true });
}

const admin = () => clientConfig(demo.endpoint());

async function outcome(call: Promise<unknown>): Promise<{ name: string; message: string }> {
  return call.then(
    () => ({ name: "", message: "" }),
    ({ name, message }: Error) => ({ name, message }),
  );
}

const DENIED = /^(AccessDenied(Exception)?|AuthorizationError(Exception)?)$/;

/** Asks the credential route for a role, with the code that opens it. */
async function lent(role: string, service: string, source = ""): Promise<Response> {
  const message = `${service}|${role}${source === "" ? "" : `|${source}`}`;
  const query = new URLSearchParams({ role, service, ...(source === "" ? {} : { source }) });
  return fetch(`${demo.endpoint().url}/_local/credentials?${query.toString()}`, {
    headers: {
      Authorization: createHmac("sha256", demo.secrets().token).update(message).digest("hex"),
    },
  });
}

describe("the roles of the stack", () => {
  const arns: Record<string, string> = {};

  before(async () => {
    const { Roles = [] } = await new IAMClient(admin()).send(new ListRolesCommand({}));
    for (const purpose of Object.keys(ROLES)) {
      const pattern = new RegExp(`^mwaa-local-${purpose}-[0-9a-f]{7}$`);
      const found = Roles.find(({ RoleName }) => pattern.test(RoleName ?? ""));
      arns[purpose] = found?.Arn ?? assert.fail(`there is no role for ${purpose}`);
    }
    const made = Roles.filter(({ RoleName }) => RoleName?.startsWith("mwaa-local-"));
    assert.equal(made.length, Object.keys(ROLES).length, "a role that these tests do not know");
    await new IAMClient(admin()).send(
      new CreateRoleCommand({ RoleName: "another-role", AssumeRolePolicyDocument: TRUST }),
    );
    await s3(admin()).send(new CreateBucketCommand({ Bucket: OTHER_BUCKET }));
    await s3(admin()).send(new PutObjectCommand({ Bucket: OTHER_BUCKET, Key: "a", Body: "a" }));
    await s3(admin()).send(
      new PutObjectCommand({ Bucket: BUCKETS.data, Key: "private/a", Body: "a" }),
    );
  });

  async function as(purpose: string): Promise<Config> {
    const { service, source } = ROLES[purpose];
    const answer = await lent(arns[purpose], service, source);
    assert.equal(answer.status, 200, await answer.clone().text());
    const keys = (await answer.json()) as Record<string, string>;
    return {
      ...admin(),
      credentials: {
        accessKeyId: keys.AccessKeyId,
        secretAccessKey: keys.SecretAccessKey,
        sessionToken: keys.Token,
      },
    } as Config;
  }

  for (const [what, probe] of Object.entries(PROBES)) {
    it(`none may ${what}`, async () => {
      const action = what.split(" ")[0];
      for (const [purpose, role] of Object.entries(arns)) {
        const name = role.split("/").at(-1) as string;
        const { name: code, message } = await outcome(probe(await as(purpose), name));
        assert.match(code, DENIED, `${purpose}: ${message}`);
        assert.match(message, new RegExp(`assumed-role/${name}/.* ${action} on resource: `));
      }
      // The administrator may, or is told of something else: it is for the role that the call was refused.
      const { name: code } = await outcome(probe(admin(), "another-role"));
      assert.doesNotMatch(code, DENIED);
    });
  }

  it("none may become another", async () => {
    for (const [purpose, own] of Object.entries(arns)) {
      const sts = new STSClient(await as(purpose));
      for (const RoleArn of [...Object.values(arns), OTHER_ROLE].filter((one) => one !== own)) {
        const { name } = await outcome(
          sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "probe" })),
        );
        assert.match(name, DENIED, `${purpose}: ${RoleArn}`);
      }
    }
  });

  const cluster = (roles: { ServiceRole: string; JobFlowRole: string }) =>
    new RunJobFlowCommand({
      Name: "probe",
      ReleaseLabel: "emr-7.9.0",
      Instances: {
        KeepJobFlowAliveWhenNoSteps: false,
        InstanceCount: 1,
        MasterInstanceType: "m5.xlarge",
      },
      Tags: [
        { Key: "Environment", Value: "mwaa-local" },
        { Key: "for-use-with-amazon-emr-managed-policies", Value: "true" },
      ],
      ...roles,
    });

  it("tasks may give a cluster, or a notebook, the stack's roles only", async () => {
    const emr = new EMRClient(await as("execution"));
    const profile = arns["emr-ec2"].split("/").at(-1) as string;
    const started = await outcome(
      emr.send(cluster({ ServiceRole: OTHER_ROLE, JobFlowRole: profile })),
    );
    assert.match(started.message, new RegExp(`iam:PassRole on resource: ${OTHER_ROLE}`));
    const executed = await outcome(
      emr.send(
        new StartNotebookExecutionCommand({
          ExecutionEngine: { Id: "j-AAAAAAAAAAAAA" },
          ServiceRole: OTHER_ROLE,
          NotebookS3Location: { Bucket: BUCKETS.airflow, Key: "notebooks/find_best_sellers.ipynb" },
          OutputNotebookS3Location: { Bucket: BUCKETS.data, Key: "notebook-output/" },
        }),
      ),
    );
    assert.match(executed.message, /not authorized|is not valid/);
  });

  for (const [purpose, { service, source }] of Object.entries(ROLES)) {
    it(`only its service takes that of ${purpose}, for a resource that it trusts it for`, async () => {
      const role = arns[purpose];
      assert.equal((await lent(role, service, source)).status, 200);
      const others = [...new Set(Object.values(ROLES).map((one) => one.service))].filter(
        (one) => one !== service,
      );
      for (const other of [...others, "lambda.amazonaws.com"]) {
        assert.equal((await lent(role, other, source)).status, 403, other);
      }
      if (purpose === "states" || purpose === "notebook") {
        const foreign = source?.replace("us-east-1", "eu-west-1");
        assert.equal((await lent(role, service, foreign)).status, 403, foreign);
      }
    });
  }
});
