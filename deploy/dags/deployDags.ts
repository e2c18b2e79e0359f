import type { S3Client } from "@aws-sdk/client-s3";

import { UserError, step } from "../../local/setup/steps";
import type { ProgramStack } from "../oidc/stackSettings";
import { ROOT } from "../project";
import { checkDags, shownFindings } from "./checkDags";
import { DagBucket, type Deployed, type RecordedDeployment } from "./folder";
import { contentsOf, filesOf } from "./stackFiles";

/** How DAG files are deployed. */
export interface DeployOptions {
  /** The files of the deployment before the last one go back. */
  readonly rollback: boolean;
  /** Gets what was done, a line at a time. */
  readonly say: (text: string) => void;
  /** Folder of the program. Default: this checkout. */
  readonly root?: string;
}

/**
 * Deploys the DAG files of a stack, or puts those of the deployment before back, and tells the versions.
 *
 * @throws UserError where the stack uploads them itself, a file cannot be imported, or there is nothing to go back to;
 *   nothing is uploaded then
 */
export async function deployDags(
  program: ProgramStack,
  s3: S3Client,
  { rollback, say, root = ROOT }: DeployOptions,
): Promise<void> {
  const { settings, stack } = program;
  if (settings.files.dags !== "external") {
    throw new UserError(
      `dags is ${settings.files.dags} in Pulumi.${stack}.yaml, so that pulumi up uploads the DAG files. Set it to ` +
        "external, and bring the stack up, to deploy them apart.",
    );
  }
  const bucket = new DagBucket(s3, settings.airflowBucketName, settings.files.dagS3Path);
  const last = await bucket.deployment();
  if (rollback) {
    if (last === undefined) {
      throw new UserError(`Nothing has been deployed to stack ${stack} yet.`);
    }
    told(await bucket.rollBack(last), last, say);
    return;
  }
  const files = filesOf(program, root);
  const contents = contentsOf(files);
  const dags = contents.dags.map((file, index) => ({ ...file, hash: files.dags[index].hash }));
  const imported = () => checkDags(contents, settings.environment.airflowVersion);
  const findings = await step("import of the DAG files", imported);
  const errors = findings.filter(({ level }) => level === "error");
  if (errors.length > 0) {
    throw new UserError(`${shownFindings(errors)}Nothing was uploaded.`);
  }
  told(await bucket.deploy(dags, last, last?.versionId), last, say);
}

function told(
  { versionId, uploaded, deleted }: Deployed,
  last: RecordedDeployment | undefined,
  say: DeployOptions["say"],
): void {
  for (const [path, version] of Object.entries(uploaded)) {
    say(`+ ${path} version ${version}`);
  }
  for (const path of deleted) {
    say(`- ${path}`);
  }
  say(
    versionId === last?.versionId
      ? `Nothing has changed since deployment ${versionId}.`
      : `Deployment ${versionId}${last === undefined ? "" : `, after ${last.versionId}`}; back: --rollback`,
  );
}
