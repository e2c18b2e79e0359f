import {
  DescribeLoggingStatusCommand,
  DisableLoggingCommand,
  EnableLoggingCommand,
  LogDestinationType,
} from "@aws-sdk/client-redshift";
import type * as aws from "@pulumi/aws";

import { each, oneOf } from "../checks";
import { Plain, ifThere, row } from "../row";
import { redshift, whileBusy } from "./client";

type LoggingArgs = Plain<aws.redshift.LoggingArgs>;

/** How long a cluster may be busy with the logging of before: internal/service/redshift/consts.go. */
const WAITS = { create: 2, update: 2, delete: 2 };

/** What Redshift says of a cluster whose logging is being switched. */
const BUSY = "There is an operation running on the Cluster";

export const logging = row<LoggingArgs>({
  args: ["bucketName", "clusterIdentifier", "logDestinationType", "logExports", "s3KeyPrefix"],
  replaceOn: ["clusterIdentifier"],
  computed: [],
  idOf: ({ clusterIdentifier }) => clusterIdentifier,
  checks: {
    logDestinationType: oneOf("s3", "cloudwatch"),
    logExports: each(oneOf("connectionlog", "useractivitylog", "userlog")),
  },
  waits: WAITS,
  source: {
    file: "internal/service/redshift/logging.go",
    commit: "e96a78948f415f154c6adf85d9ed83ef49e7e373",
    differences: [
      "logging that is on already is refused: the official provider takes it over without a word",
    ],
  },
  async create(inputs) {
    await enable(inputs, WAITS.create);
    return { id: inputs.clusterIdentifier, outputs: {} };
  },
  async read(id) {
    const there = await ifThere(
      redshift.send(new DescribeLoggingStatusCommand({ ClusterIdentifier: id })),
      "ClusterNotFoundFault",
    );
    // The destination is left as it is known: Redshift does not tell it right.
    return there?.LoggingEnabled === true
      ? {
          bucketName: there.BucketName,
          clusterIdentifier: id,
          logExports: there.LogExports,
          s3KeyPrefix: there.S3KeyPrefix,
        }
      : undefined;
  },
  update: ({ inputs }) => enable(inputs, WAITS.update),
  async delete(id) {
    const disable = () => redshift.send(new DisableLoggingCommand({ ClusterIdentifier: id }));
    await ifThere(whileBusy(WAITS.delete, disable, BUSY), "ClusterNotFoundFault");
  },
});

async function enable(inputs: LoggingArgs, minutes: number): Promise<void> {
  const command = new EnableLoggingCommand({
    BucketName: inputs.bucketName,
    ClusterIdentifier: inputs.clusterIdentifier,
    LogDestinationType: inputs.logDestinationType as LogDestinationType | undefined,
    LogExports: inputs.logExports,
    S3KeyPrefix: inputs.s3KeyPrefix,
  });
  await whileBusy(minutes, () => redshift.send(command), BUSY);
}
