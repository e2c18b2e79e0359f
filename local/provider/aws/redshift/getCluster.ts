import { DescribeLoggingStatusCommand } from "@aws-sdk/client-redshift";

import { Fn, Properties } from "../row";
import { tagMap } from "../tags";
import { describeCluster, redshift, toldOf } from "./client";

export const getCluster: Fn = {
  source: {
    file: "internal/service/redshift/cluster_data_source.go",
    commit: "aa07ffde8fbc6b4b868a60fe9de574d14ff65447",
    differences: ["`aquaConfigurationStatus` is left out: AWS has no such thing any more"],
  },
  args: ["clusterIdentifier"],
  async call(args) {
    const id = args.clusterIdentifier as string;
    const there = await describeCluster(id);
    if (there === undefined) {
      throw new Error(`reading Redshift Cluster (${id}): couldn't find resource`);
    }
    return {
      id,
      ...(await toldOf(there)),
      elasticIp: there.ElasticIpStatus?.ElasticIp,
      encrypted: there.Encrypted,
      endpoint: there.Endpoint?.Address,
      port: there.Endpoint?.Port,
      tags: tagMap(there.Tags),
      vpcId: there.VpcId,
      ...(await loggingOf(id)),
    };
  },
};

async function loggingOf(ClusterIdentifier: string): Promise<Properties> {
  const status = await redshift.send(new DescribeLoggingStatusCommand({ ClusterIdentifier }));
  return status.LoggingEnabled === true
    ? {
        bucketName: status.BucketName,
        enableLogging: true,
        logDestinationType: status.LogDestinationType,
        logExports: status.LogExports,
        s3KeyPrefix: status.S3KeyPrefix,
      }
    : {};
}
