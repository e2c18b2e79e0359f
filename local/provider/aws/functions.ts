import { DescribeAvailabilityZonesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

import { Fn } from "./row";

const sts = new STSClient({});

/** The account that the calls are made in. */
export async function callerAccount(): Promise<string> {
  return (await sts.send(new GetCallerIdentityCommand({}))).Account as string;
}

const getCallerIdentity: Fn = async () => {
  const { Account, Arn, UserId } = await sts.send(new GetCallerIdentityCommand({}));
  return { id: Account, accountId: Account, arn: Arn, userId: UserId };
};

const getRegion: Fn = () => {
  const region = process.env.AWS_REGION as string;
  return Promise.resolve({
    id: region,
    region,
    name: region,
    endpoint: `ec2.${region}.amazonaws.com`,
    description: region,
  });
};

const getPartition: Fn = () =>
  Promise.resolve({
    id: "aws",
    partition: "aws",
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
  });

interface Filter {
  readonly name: string;
  readonly values: string[];
}

const getAvailabilityZones: Fn = async ({ state, filters }) => {
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
  return {
    id: process.env.AWS_REGION,
    state,
    names: AvailabilityZones.map(({ ZoneName }) => ZoneName).sort(),
    zoneIds: AvailabilityZones.map(({ ZoneId }) => ZoneId),
    groupNames: AvailabilityZones.map(({ GroupName }) => GroupName),
  };
};

export const functions: Readonly<Record<string, Fn>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": getCallerIdentity,
  "aws:index/getRegion:getRegion": getRegion,
  "aws:index/getPartition:getPartition": getPartition,
  "aws:index/getAvailabilityZones:getAvailabilityZones": getAvailabilityZones,
};
