import {
  CreateFlowLogsCommand,
  DeleteFlowLogsCommand,
  DescribeFlowLogsCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { arn as arnCheck, exactlyOne, oneOf } from "../checks";
import { callerAccount } from "../functions";
import { Plain, ifThere, row } from "../row";
import { tagMap } from "../tags";
import { arn, ec2, requireSuccess, retag, tagsAtCreation } from "./client";

export const flowLog = row<Plain<aws.ec2.FlowLogArgs>>({
  args: ["iamRoleArn", "logDestination", "logDestinationType", "tags", "trafficType", "vpcId"],
  replaceOn: ["iamRoleArn", "logDestination", "logDestinationType", "trafficType", "vpcId"],
  computed: ["arn"],
  leftOut: ["logDestination"],
  checks: {
    iamRoleArn: arnCheck,
    logDestination: arnCheck,
    logDestinationType: oneOf("cloud-watch-logs", "s3", "kinesis-data-firehose"),
    trafficType: oneOf("ACCEPT", "ALL", "REJECT"),
  },
  together: (inputs) => exactlyOne(inputs, "vpcId"),
  source: {
    file: "internal/service/ec2/vpc_flow_log.go",
    differences: [
      "a role that EC2 refuses is not tried again for two minutes: roles count at once here",
      "there are flow logs of VPCs alone",
      "`logFormat` and `logGroupName` are left out: nothing reads them",
    ],
  },
  async create(inputs) {
    const { FlowLogIds, Unsuccessful } = await ec2.send(
      new CreateFlowLogsCommand({
        ResourceType: "VPC",
        ResourceIds: [inputs.vpcId ?? ""],
        TrafficType: inputs.trafficType as "ALL" | undefined,
        LogDestinationType: (inputs.logDestinationType ?? "cloud-watch-logs") as "cloud-watch-logs",
        LogDestination: inputs.logDestination?.replace(/:\*$/, ""),
        MaxAggregationInterval: 600,
        DeliverLogsPermissionArn: inputs.iamRoleArn,
        TagSpecifications: tagsAtCreation("vpc-flow-log", inputs),
      }),
    );
    requireSuccess(Unsuccessful);
    const [id] = FlowLogIds as [string];
    return { id, outputs: { arn: arn(await callerAccount(), "vpc-flow-log", id) } };
  },
  async read(id) {
    const found = await ifThere(
      ec2.send(new DescribeFlowLogsCommand({ FlowLogIds: [id] })),
      "InvalidFlowLogId.NotFound",
    );
    const [there] = found?.FlowLogs ?? [];
    return (
      there && {
        vpcId: there.ResourceId,
        trafficType: there.TrafficType,
        logDestinationType: there.LogDestinationType,
        logDestination: there.LogDestination,
        iamRoleArn: there.DeliverLogsPermissionArn,
        tags: tagMap(there.Tags),
      }
    );
  },
  update: retag,
  async delete(id) {
    const done = await ifThere(
      ec2.send(new DeleteFlowLogsCommand({ FlowLogIds: [id] })),
      "InvalidFlowLogId.NotFound",
    );
    requireSuccess(done?.Unsuccessful, "InvalidFlowLogId.NotFound");
  },
});
