import {
  CreateFlowLogsCommand,
  DeleteFlowLogsCommand,
  DescribeFlowLogsCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { Plain, row } from "../row";
import { tagMap } from "../tags";
import { arn, ec2, retag, tagsAtCreation } from "./client";

export const flowLog = row<Plain<aws.ec2.FlowLogArgs>>({
  args: ["iamRoleArn", "logDestination", "logDestinationType", "tags", "trafficType", "vpcId"],
  replaceOn: ["iamRoleArn", "logDestination", "logDestinationType", "trafficType", "vpcId"],
  computed: ["arn"],
  async create(inputs) {
    const { FlowLogIds, Unsuccessful } = await ec2.send(
      new CreateFlowLogsCommand({
        ResourceType: "VPC",
        ResourceIds: [inputs.vpcId ?? ""],
        TrafficType: inputs.trafficType as "ALL" | undefined,
        LogDestinationType: inputs.logDestinationType as "cloud-watch-logs" | undefined,
        LogDestination: inputs.logDestination,
        DeliverLogsPermissionArn: inputs.iamRoleArn,
        TagSpecifications: tagsAtCreation("vpc-flow-log", inputs),
      }),
    );
    const [id] = FlowLogIds ?? [];
    if (id === undefined) {
      throw new Error(Unsuccessful?.[0]?.Error?.Message ?? "CreateFlowLogs made nothing");
    }
    return { id, outputs: { arn: arn("", "vpc-flow-log", id) } };
  },
  async read(id) {
    const { FlowLogs } = await ec2.send(new DescribeFlowLogsCommand({ FlowLogIds: [id] }));
    const [there] = FlowLogs ?? [];
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
    await ec2.send(new DeleteFlowLogsCommand({ FlowLogIds: [id] }));
  },
});
