import { S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { Command } from "commander";

import { UserError } from "../../local/setup/steps";
import { toEnd } from "../../local/setup/toEnd";
import { SettingsError } from "../../settings";
import { readStack } from "../oidc/stackSettings";
import { deployDags } from "./deployDags";

/** `npm run deploy-dags`: the DAG files of a stack whose setting `dags` is `external`. */
const program = new Command("npm run deploy-dags --")
  .description("Uploads the DAG files of a stack that have changed, once all can be imported.")
  .requiredOption("--stack <name>", "the stack, by its Pulumi.<name>.yaml")
  .option("--rollback", "put the files of the deployment before the last one back")
  .showHelpAfterError()
  .action(async ({ stack, rollback = false }: { stack: string; rollback?: boolean }) => {
    const { Account: accountId = "", Arn = "" } = await new STSClient({}).send(
      new GetCallerIdentityCommand({}),
    );
    // No DNS name is made here, so that its suffix does not count.
    const [, partition] = Arn.split(":");
    const found = readStack(stack, { accountId, partition, dnsSuffix: "amazonaws.com" });
    const s3 = new S3Client({
      region: found.location.region,
      // Of an endpoint that the environment names there may be no names below.
      forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined,
    });
    await deployDags(found, s3, { rollback, say: (text) => process.stdout.write(`${text}\n`) });
  });

toEnd(program.parseAsync(), {
  told: (error) => error instanceof UserError || error instanceof SettingsError,
});
