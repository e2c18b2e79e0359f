import assert from "node:assert/strict";

import * as aws from "@pulumi/aws";
import { PulumiCommand } from "@pulumi/pulumi/automation";

import { AirflowEnvironment } from "../../../components/airflowEnvironment";
import { startCloud, stopCloud } from "../../../local/cli/cloud";
import { Endpoint } from "../../../local/engine/endpoint";
import { LocalStack } from "../../../local/engine/stack";
import { toolHome } from "../../../local/home";
import { findPulumi } from "../../../local/setup/pulumiCli";
import { freePort, temporaryHome } from "../running";

const NAME = "mwaa-failing";
const ENVIRONMENT = "aws:mwaa/environment:Environment";

/** What MWAA does as the execution role; https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html */
const DONE_AS_ROLE = ["kms:*", "s3:Get*", "s3:List*", "sqs:*"];

const trusted = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: ["airflow.amazonaws.com", "airflow-env.amazonaws.com"] },
      Action: "sts:AssumeRole",
    },
  ],
});

/** An environment and what it stands on; its subnets lead nowhere where there is no NAT gateway. */
function program(withNatGateway: boolean): void {
  const vpc = new aws.ec2.Vpc("net", { cidrBlock: "10.0.0.0/16" });
  const subnet = (zone: string, third: number) =>
    new aws.ec2.Subnet(`private-${zone}`, {
      vpcId: vpc.id,
      cidrBlock: `10.0.${third}.0/24`,
      availabilityZone: `us-east-1${zone}`,
    });
  const subnets = [subnet("a", 1), subnet("b", 2)];
  const table = new aws.ec2.RouteTable("private", { vpcId: vpc.id });
  const associations = subnets.map(
    ({ id }, index) =>
      new aws.ec2.RouteTableAssociation(`private-${index}`, {
        routeTableId: table.id,
        subnetId: id,
      }),
  );
  const group = new aws.ec2.SecurityGroup("airflow", { vpcId: vpc.id, description: "Airflow" });
  const rule = new aws.vpc.SecurityGroupIngressRule("itself", {
    securityGroupId: group.id,
    referencedSecurityGroupId: group.id,
    ipProtocol: "-1",
  });
  const bucket = new aws.s3.Bucket("airflow", { bucket: "airflow-failing" });
  const role = new aws.iam.Role("execution", { assumeRolePolicy: trusted });
  new AirflowEnvironment("airflow", {
    ...SETTINGS,
    executionRoleArn: role.arn,
    bucketArn: bucket.arn,
    subnetIds: subnets.map(({ id }) => id) as unknown as string[],
    securityGroupIds: [group.id],
    needs: [
      ...associations,
      rule,
      ...(withNatGateway ? [wayOut(vpc, table)] : []),
      new aws.s3.BucketVersioning("airflow", {
        bucket: bucket.id,
        versioningConfiguration: { status: "Enabled" },
      }),
      new aws.s3.BucketPublicAccessBlock("airflow", {
        bucket: bucket.id,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      }),
      new aws.iam.RolePolicy("execution", {
        role: role.name,
        policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: DONE_AS_ROLE, Resource: "*" }],
        }),
      }),
    ],
  });
}

/** A route to a NAT gateway. */
function wayOut(vpc: aws.ec2.Vpc, table: aws.ec2.RouteTable): aws.ec2.Route {
  const gateway = new aws.ec2.InternetGateway("net", { vpcId: vpc.id });
  const nat = new aws.ec2.NatGateway("net", {
    subnetId: new aws.ec2.Subnet("public", { vpcId: vpc.id, cidrBlock: "10.0.0.0/24" }).id,
    allocationId: new aws.ec2.Eip("net", { domain: "vpc" }, { dependsOn: gateway }).allocationId,
  });
  return new aws.ec2.Route("out", {
    routeTableId: table.id,
    destinationCidrBlock: "0.0.0.0/0",
    natGatewayId: nat.id,
  });
}

const SETTINGS = {
  environmentName: NAME,
  airflowVersion: "3.2.1",
  environmentClass: "mw1.small",
  minWorkers: 1,
  maxWorkers: 1,
  minWebservers: 2,
  maxWebservers: 2,
  schedulers: 2,
  webserverAccessMode: "PUBLIC_ONLY",
  weeklyMaintenanceWindowStart: "SUN:04:00",
  logLevels: {
    dagProcessing: "OFF",
    scheduler: "OFF",
    task: "OFF",
    webserver: "OFF",
    worker: "OFF",
  },
  logRetentionDays: 1,
  configurationOptions: {},
  variablesPrefix: "/failing/variables",
  schedules: {},
  pollIntervalSeconds: 10,
  dagS3Path: "dags/",
  forceDestroy: true,
} as const;

describe("an environment whose creation fails", () => {
  const { home, remove } = temporaryHome();
  let endpoint: Endpoint;
  let pulumi: PulumiCommand;

  before(async () => {
    pulumi = (await findPulumi(toolHome)) as PulumiCommand;
    endpoint = await startCloud(home, await freePort(), () => undefined);
  });
  after(async () => {
    await stopCloud(home);
    remove();
  });

  const stack = (withNatGateway: boolean) =>
    LocalStack.open({
      home,
      pulumi,
      cloud: endpoint,
      onOutput: () => undefined,
      policyPack: null,
      program: () => Promise.resolve(program(withNatGateway)),
    });

  it("stays in the state, and fails as long as its cause is there", async () => {
    for (const time of ["the first time", "again"]) {
      await assert.rejects(
        async () => (await stack(false)).up(),
        /mwaa-failing is CREATE_FAILED: INCORRECT_CONFIGURATION .* no route to a NAT gateway/,
        time,
      );
      assert.equal((await stack(false)).resources()[ENVIRONMENT], 1, time);
    }
  });

  it("is deleted and made anew by the next update, and not after that", async () => {
    const mended = await (await stack(true)).up();
    assert.equal(mended.changes.replace, 1, JSON.stringify(mended.changes));
    assert.equal(mended.changes.update, undefined, JSON.stringify(mended.changes));
    const { changes } = await (await stack(true)).preview();
    assert.deepEqual(Object.keys(changes), ["same"]);
  });
});
