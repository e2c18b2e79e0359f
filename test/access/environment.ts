import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import * as aws4 from "aws4";

import { DEFAULTS } from "../../checks/defaults";
import { Airflow } from "../../local/cli/airflow";
import { startAirflow, stopAirflow } from "../../local/cli/airflowServer";
import { REGION } from "../../local/engine/endpoint";
import { ENVIRONMENT, Ended, TestContext } from "./context";

/** What MWAA asks the role for before it takes an environment. Airflow asks for more meanwhile. */
export const TAKEN_WITH = [
  "s3:GetAccountPublicAccessBlock",
  "s3:GetBucketPublicAccessBlock",
  "sqs:ChangeMessageVisibility",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes",
  "sqs:GetQueueUrl",
  "sqs:ReceiveMessage",
  "sqs:SendMessage",
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey",
];

/** What Airflow's logs and metrics are published with; it works without. */
export const PUBLISHED_WITH = [
  "airflow:PublishMetrics",
  "cloudwatch:PutMetricData",
  "logs:DescribeLogGroups",
];

/** The environment is checked as at its creation; nothing changes. The SDK has no client of its own for MWAA here. */
export async function updateEnvironment({ endpoint }: TestContext): Promise<Ended> {
  const { host } = new URL(endpoint.url);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } =
    endpoint.environment;
  const request = aws4.sign(
    {
      host,
      service: "airflow",
      region: REGION,
      method: "PATCH",
      path: `/environments/${ENVIRONMENT}`,
      headers: { "Content-Type": "application/json" },
      body: "{}",
    },
    { accessKeyId, secretAccessKey },
  );
  const answer = await fetch(`${endpoint.url}/environments/${ENVIRONMENT}`, {
    method: "PATCH",
    headers: request.headers as Record<string, string>,
    body: "{}",
  });
  return { succeeded: answer.ok, said: await answer.text() };
}

/** Airflow is stopped and started: the environment's files are read, its logs and metrics published. */
export async function restartAirflow({ home, endpoint, airflowPort }: TestContext): Promise<Ended> {
  await stopAirflow(home);
  // What was fetched once is not fetched again, unless it is gone.
  fs.rmSync(path.join(home.dir("airflow"), "files"), { recursive: true, force: true });
  try {
    await startAirflow(
      home,
      { name: ENVIRONMENT, airflowVersion: DEFAULTS.airflowVersion },
      endpoint,
      airflowPort,
      () => undefined,
    );
    await Airflow.connect(home);
    // The first logs and metrics follow at the next look at the bucket.
    await sleep(PUBLISH_MS);
    return { succeeded: true, said: "" };
  } catch (error) {
    return { succeeded: false, said: (error as Error).message };
  }
}

const PUBLISH_MS = 5000;
