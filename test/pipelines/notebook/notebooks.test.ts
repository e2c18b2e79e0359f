import assert from "node:assert";
import { Notebooks, type NotebooksArgs } from "../../../components/pipelines/notebook/notebooks";
import {
  notebookPolicy,
  notebookStatements,
} from "../../../components/pipelines/notebook/permissions";
import { NOTEBOOK as SETTING } from "../../../components/pipelines/notebook/settings";
import { policyDocument } from "../../../components/policyDocument";
import { mandatoryFindings } from "../../components/packFindings";
import { ofType, only, record } from "../../mocks";
import {
  LOCATION,
  allowedActions,
  assertLeastPrivilege,
  document,
  statement,
} from "../../policies";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888";
const WORKSPACE = { editorId: "e-ABCDEFGHIJ0123456789", editorLocation: "s3://studio/team/" };
const NOTEBOOK = SETTING.read("notebook", {}).value;
const ARGS: NotebooksArgs = {
  location: LOCATION,
  environmentName: "mwaa-test",
  vpcId: "vpc-0123456789abcdef0",
  airflowBucketName: "airflow-mwaa-test",
  dataBucketName: "airflow-mwaa-test-data",
  files: [
    { path: "find_best_sellers.ipynb", location: "notebooks/find_best_sellers.ipynb", hash: "h1" },
  ],
  notebook: NOTEBOOK,
  tags: { Project: "p", Stack: "test", Environment: "mwaa-test" },
};

const notebooks = (args: Partial<NotebooksArgs> = {}) =>
  record(() => {
    const { execution, serviceRoleArn } = new Notebooks("notebooks", { ...ARGS, ...args });
    return { execution, serviceRoleArn };
  });

const PERMISSIONS = {
  ...ARGS,
  airflowBucketName: "airflow-mwaa-test",
  vpcId: "vpc-0123456789abcdef0",
};
const policyOf = (notebook = NOTEBOOK) =>
  notebookPolicy({ ...PERMISSIONS, groupIds: ["sg-1", "sg-2"], notebook, kmsKeyArn: KEY });

describe("Notebooks", () => {
  it("puts notebooks under notebooks/, each following its file", async () => {
    const { inputs } = only(await notebooks(), "aws:s3/bucketObjectv2:BucketObjectv2");
    assert.deepStrictEqual(
      [inputs.bucket, inputs.key, inputs.sourceHash],
      ["airflow-mwaa-test", "notebooks/find_best_sellers.ipynb", "h1"],
    );
  });

  it("refuses a notebook that is not there, and names those that are", async () => {
    const notebook = { ...NOTEBOOK, fileName: "another.ipynb" };
    await assert.rejects(
      notebooks({ notebook }),
      /no notebook another\.ipynb; there are: find_best_sellers\.ipynb.*notebook\.fileName/,
    );
    await notebooks({ notebook: { ...notebook, ...WORKSPACE } });
  });

  it("opens the kernels' port from notebooks to primary nodes, and nothing else", async () => {
    const recording = await notebooks();
    const rules = [
      only(recording, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"),
      only(recording, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
    ].map(({ inputs }) => [
      inputs.securityGroupId,
      inputs.referencedSecurityGroupId,
      inputs.ipProtocol,
      inputs.fromPort,
      inputs.toPort,
    ]);
    assert.deepStrictEqual(rules, [
      ["notebooks-engine-id", "notebooks-editor-id", "tcp", 18888, 18888],
      ["notebooks-editor-id", "notebooks-engine-id", "tcp", 18888, 18888],
    ]);
    for (const { inputs } of ofType(recording, "aws:ec2/securityGroup:SecurityGroup")) {
      assert.ok(!("ingress" in inputs) && !("egress" in inputs));
      assert.strictEqual(inputs.revokeRulesOnDelete, true);
    }
  });

  it("gives out a request that names what it made", async () => {
    const { result } = await notebooks();
    assert.deepStrictEqual(JSON.parse(result.execution), {
      ServiceRole: result.serviceRoleArn,
      ExecutionEngine: { Type: "EMR", MasterInstanceSecurityGroupId: "notebooks-engine-id" },
      NotebookInstanceSecurityGroupId: "notebooks-editor-id",
      NotebookS3Location: { Bucket: "airflow-mwaa-test", Key: "notebooks/" },
      OutputNotebookS3Location: { Bucket: "airflow-mwaa-test-data", Key: "notebook-output/" },
      OutputNotebookFormat: "HTML",
      Tags: [
        { Key: "Project", Value: "p" },
        { Key: "Stack", Value: "test" },
        { Key: "Environment", Value: "mwaa-test" },
      ],
    });
  });

  it("leaves the places of a workspace's notebook to the workspace", async () => {
    const notebook = { ...NOTEBOOK, ...WORKSPACE };
    const request = JSON.parse((await notebooks({ notebook })).result.execution) as object;
    assert.ok(!("NotebookS3Location" in request) && !("OutputNotebookS3Location" in request));
  });

  it("is trusted by EMR for this account's and region's executions", async () => {
    const role = only(await notebooks(), "aws:iam/role:Role");
    const trust = statement(document(role.inputs.assumeRolePolicy), "AssumedByEmr");
    assert.deepStrictEqual(trust.Condition, {
      StringEquals: { "aws:SourceAccount": "123456789012" },
      ArnLike: { "aws:SourceArn": "arn:aws:elasticmapreduce:us-east-1:123456789012:*" },
    });
  });

  it("satisfies the policy pack", async () => {
    assert.deepStrictEqual(mandatoryFindings(await notebooks({ kmsKeyArn: KEY })), []);
  });
});

describe("notebookPolicy", () => {
  it("allows actions that exist, each on resources of its own", () =>
    assertLeastPrivilege(policyOf()));

  it("writes executed notebooks and nothing else", () => {
    const written = policyOf()
      .Statement.filter(({ Action }) => [Action].flat().includes("s3:PutObject"))
      .flatMap(({ Resource }) => Resource);
    assert.deepStrictEqual(written, ["arn:aws:s3:::airflow-mwaa-test-data/notebook-output/*"]);
  });

  it("makes and removes interfaces in the stack's VPC only", () => {
    const vpc = "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0123456789abcdef0";
    for (const sid of ["CreateNetworkInterfacesInVpc", "ManageNetworkInterfaces"]) {
      const { Condition } = statement(policyOf(), sid);
      assert.deepStrictEqual(Condition, { ArnEquals: { "ec2:Vpc": vpc } }, sid);
    }
  });

  it("makes no groups, and changes the rules of its own two", () => {
    assert.ok(!allowedActions(policyOf()).includes("ec2:CreateSecurityGroup"));
    assert.deepStrictEqual(
      statement(policyOf(), "OpenPortBetweenGroups").Resource,
      ["sg-1", "sg-2"].map((id) => `arn:aws:ec2:us-east-1:123456789012:security-group/${id}`),
    );
  });

  it("reaches a workspace's place where one is set", async () => {
    const policy = policyOf({ ...NOTEBOOK, ...WORKSPACE });
    await assertLeastPrivilege(policy);
    assert.strictEqual(statement(policy, "UseWorkspace").Resource, "arn:aws:s3:::studio/team/*");
    assert.ok(!policyOf().Statement.some(({ Sid }) => Sid === "UseWorkspace"));
  });
});

describe("notebookStatements", () => {
  const statements = (inputLocation = "") =>
    policyDocument(
      ...notebookStatements({
        ...ARGS,
        serviceRoleArn: "arn:aws:iam::123456789012:role/notebook",
        notebook: { ...NOTEBOOK, inputLocation },
      }),
    );

  it("allows actions that exist, each on resources of its own", () =>
    assertLeastPrivilege(statements()));

  it("follows and stops the environment's executions only", () => {
    const { Condition } = statement(statements(), "FollowExecutions");
    assert.deepStrictEqual(Condition, {
      StringEquals: { "elasticmapreduce:ResourceTag/Environment": "mwaa-test" },
    });
  });

  it("looks for reviews where they are set to be", () => {
    const own = statement(statements(), "FindReviews");
    assert.strictEqual(own.Resource, "arn:aws:s3:::airflow-mwaa-test-data");
    const other = statement(statements("s3://elsewhere/amazon/"), "FindReviews");
    assert.strictEqual(other.Resource, "arn:aws:s3:::elsewhere");
    assert.deepStrictEqual(other.Condition, { StringLike: { "s3:prefix": "amazon/*" } });
  });
});
