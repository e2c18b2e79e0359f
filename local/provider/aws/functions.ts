import { DescribeAvailabilityZonesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

import { Fn } from "./row";

export const sts = new STSClient({});

/** The account that the calls are made in. */
export async function callerAccount(): Promise<string> {
  return (await sts.send(new GetCallerIdentityCommand({}))).Account as string;
}

const getCallerIdentity: Fn = {
  source: {
    file: "internal/service/sts/caller_identity_data_source.go",
  },
  args: [],
  async call() {
    const { Account, Arn, UserId } = await sts.send(new GetCallerIdentityCommand({}));
    return { id: Account, accountId: Account, arn: Arn, userId: UserId };
  },
};

const getRegion: Fn = {
  source: {
    file: "internal/service/meta/region_data_source.go",
    differences: ["`description` is left out: nothing reads it"],
  },
  args: [],
  call() {
    const region = process.env.AWS_REGION as string;
    return Promise.resolve({
      id: region,
      region,
      name: region,
      endpoint: `ec2.${region}.amazonaws.com`,
    });
  },
};

const getPartition: Fn = {
  source: {
    file: "internal/service/meta/partition_data_source.go",
  },
  args: [],
  call: () =>
    Promise.resolve({
      id: "aws",
      partition: "aws",
      dnsSuffix: "amazonaws.com",
      reverseDnsPrefix: "com.amazonaws",
    }),
};

interface Filter {
  readonly name: string;
  readonly values: string[];
}

const getAvailabilityZones: Fn = {
  source: {
    file: "internal/service/ec2/ec2_availability_zones_data_source.go",
    differences: ["which states there are is left to EC2"],
  },
  args: ["filters", "state"],
  async call({ state, filters }) {
    const { AvailabilityZones = [] } = await new EC2Client({}).send(
      new DescribeAvailabilityZonesCommand({
        Filters: [
          ...(state === undefined ? [] : [{ Name: "state", Values: [state as string] }]),
          ...((filters ?? []) as Filter[]).map(({ name, values }) => ({
            Name: name,
            Values: values,
          })),
        ],
      }),
    );
    // Names and ids are read side by side: the n-th of each is the same zone.
    const zones = [...AvailabilityZones].sort((a, b) =>
      (a.ZoneName ?? "") < (b.ZoneName ?? "") ? -1 : 1,
    );
    return {
      id: process.env.AWS_REGION,
      state,
      names: zones.map(({ ZoneName }) => ZoneName),
      zoneIds: zones.map(({ ZoneId }) => ZoneId),
      groupNames: [...new Set(zones.map(({ GroupName }) => GroupName))],
    };
  },
};

export const functions: Readonly<Record<string, Fn>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": getCallerIdentity,
  "aws:index/getRegion:getRegion": getRegion,
  "aws:index/getPartition:getPartition": getPartition,
  "aws:index/getAvailabilityZones:getAvailabilityZones": getAvailabilityZones,
};
