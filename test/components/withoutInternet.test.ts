import assert from "node:assert/strict";

import { SERVICES } from "../../components/plan";
import program from "../../index";
import { NETWORK, THERE, existingVpc } from "../existingVpc";
import { ofType, only, record } from "../mocks";
import { shippedStack } from "../shippedStack";
import { type StackName, stackConfig } from "../stackFiles";
import { mandatoryFindings } from "./packFindings";

const FILMS = { movielensSource: "s3://films/ml.zip" };

/** A stack of its own VPC without NAT gateways. */
const run = (more: Record<string, unknown> = {}, stack: StackName = "dev") =>
  record(() => program(), {
    stack,
    // With every service, whatever the pipelines of the stack need.
    config: { ...stackConfig(stack), services: [...SERVICES], natGateways: "None", ...more },
  });

const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";

describe("a stack without a way to the internet", () => {
  it("has an endpoint for each service that is called, and that of EMR by its old name", async () => {
    const endpoints = ofType(await run(FILMS), ENDPOINT);
    const services = endpoints.map(({ inputs }) =>
      String(inputs.serviceName).replace("com.amazonaws.us-east-1.", ""),
    );
    // A pipeline may call more.
    for (const service of [
      ...["airflow.api", "airflow.env", "athena", "ecr.api", "ecr.dkr", "elasticmapreduce"],
      ...["kms", "logs", "monitoring", "redshift-data", "s3", "sns", "sqs", "ssm"],
    ]) {
      assert.ok(services.includes(service), service);
    }
    assert.ok(endpoints.some(({ name }) => name === "network-emr"));
  });

  it("has those of MWAA, Airflow and vpcEndpoints alone where it has no pipeline", async () => {
    const more = { pipelines: [], services: [], vpcEndpoints: ["secretsmanager"] };
    const recording = await run(more);
    const names = ofType(recording, ENDPOINT).map(({ name }) => name);
    assert.ok(names.includes("network-secretsmanager") && names.includes("network-ssm"));
    assert.ok(!names.includes("network-emr") && !names.includes("network-athena"));
  });

  it("has no public subnet, and passes the policy pack", async () => {
    const own = await shippedStack("prod");
    const recording = await run(FILMS, "prod");
    const { subnetSpecs } = only(recording, "awsx:ec2:Vpc").inputs;
    assert.deepEqual(
      (subnetSpecs as { type: string }[]).map(({ type }) => type),
      ["Private"],
    );
    assert.deepEqual(mandatoryFindings(recording), mandatoryFindings(own));
  });

  it("looks for zones that offer all of its endpoints", async () => {
    const recording = await run(FILMS);
    const asked = recording.calls
      .filter(({ token }) => token.endsWith(":getVpcEndpointService"))
      .map(({ inputs }) => inputs.serviceName);
    const made = ofType(recording, ENDPOINT).map(({ inputs }) => inputs.serviceName);
    const gateway = "com.amazonaws.us-east-1.s3";
    assert.deepEqual(asked.sort(), made.filter((service) => service !== gateway).sort());
  });

  it("is refused with settings that need the internet, each once", async () => {
    await assert.rejects(run({ requirementsFile: "test/fixtures/airflow/dags/other.txt" }));
    await assert.rejects(run(), (error: Error) => {
      assert.equal(error.message.match(/movielensSource is "https/g)?.length, 1, error.message);
      assert.match(error.message, /a VPC with natGateways None has no way to it.*s3:\/\//);
      return true;
    });
    await run({ pipelines: [], services: [] });
  });

  it("is refused in a VPC that is there as well, where that has no way out", async () => {
    const tables = { ...THERE.tables, "rtb-0000000a": [], "rtb-0000000b": [] };
    const inThere = record(() => program(), {
      stack: "dev",
      config: { ...stackConfig("dev"), network: NETWORK },
      functions: existingVpc({ tables }),
    });
    await assert.rejects(
      inThere,
      /movielensSource .*subnet-0000000a, subnet-0000000b has no way to it/,
    );
  });
});
