import { gzipSync } from "node:zlib";

import {
  DescribeInstanceTypeOfferingsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointServicesCommand,
} from "@aws-sdk/client-ec2";

import { Fn, ifThere } from "../row";
import { arn, ec2 } from "./client";
import { filtersOf } from "./filters";
import { lookups } from "./lookups";

const getSubnets: Fn = {
  source: {
    file: "internal/service/ec2/vpc_subnets_data_source.go",
  },
  args: ["filters", "tags"],
  async call(args) {
    const { Subnets = [] } = await ec2.send(
      new DescribeSubnetsCommand({ Filters: filtersOf(args) }),
    );
    const ids = Subnets.map(({ SubnetId }) => SubnetId);
    return { id: process.env.AWS_REGION, ids, tags: args.tags ?? {} };
  },
};

const getSubnet: Fn = {
  source: {
    file: "internal/service/ec2/vpc_subnet_data_source.go",
    differences: ["it is found by its id alone", "what nothing reads is left out of its result"],
  },
  args: ["id"],
  async call({ id }) {
    const found = await ifThere(
      ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id as string] })),
      "InvalidSubnetID.NotFound",
    );
    const [subnet] = found?.Subnets ?? [];
    if (subnet === undefined) {
      throw new Error(`there is no subnet ${id as string}`);
    }
    return {
      id: subnet.SubnetId,
      vpcId: subnet.VpcId,
      cidrBlock: subnet.CidrBlock,
      availableIpAddressCount: subnet.AvailableIpAddressCount,
      availabilityZone: subnet.AvailabilityZone,
      availabilityZoneId: subnet.AvailabilityZoneId,
      tags: Object.fromEntries((subnet.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
    };
  },
};

const getSecurityGroups: Fn = {
  source: {
    file: "internal/service/ec2/vpc_security_groups_data_source.go",
  },
  args: ["filters", "tags"],
  async call(args) {
    const { SecurityGroups = [] } = await ec2.send(
      new DescribeSecurityGroupsCommand({ Filters: filtersOf(args) }),
    );
    // The n-th of each list is the same group.
    return {
      id: process.env.AWS_REGION,
      ids: SecurityGroups.map(({ GroupId }) => GroupId),
      vpcIds: SecurityGroups.map(({ VpcId }) => VpcId),
      arns: SecurityGroups.map(({ GroupId = "", OwnerId }) =>
        arn(OwnerId, "security-group", GroupId),
      ),
      tags: args.tags ?? {},
    };
  },
};

const getInstanceTypeOfferings: Fn = {
  source: {
    file: "internal/service/ec2/ec2_instance_type_offerings_data_source.go",
    differences: ["which types of location there are is left to EC2"],
  },
  args: ["filters", "locationType"],
  async call(args) {
    const { InstanceTypeOfferings = [] } = await ec2.send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: args.locationType as "availability-zone" | undefined,
        Filters: filtersOf(args),
      }),
    );
    // The n-th of each list is the same offering.
    return {
      id: process.env.AWS_REGION,
      instanceTypes: InstanceTypeOfferings.map(({ InstanceType }) => InstanceType),
      locations: InstanceTypeOfferings.map(({ Location }) => Location),
      locationTypes: InstanceTypeOfferings.map(({ LocationType }) => LocationType),
    };
  },
};

/** The id that the provider gives what it looked up: a CRC32 of its name, which ends a gzip. */
function hashcode(text: string): string {
  const zipped = gzipSync(text);
  return String(zipped.readUInt32LE(zipped.length - 8));
}

const getVpcEndpointService: Fn = {
  source: {
    file: "internal/service/ec2/vpc_endpoint_service_data_source.go",
    differences: [
      "it is found by its whole name alone",
      "what nothing reads is left out of its result",
    ],
  },
  args: ["filters", "serviceName", "serviceType"],
  async call(args) {
    const name = args.serviceName as string;
    const { ServiceDetails = [] } = await ec2.send(
      new DescribeVpcEndpointServicesCommand({ ServiceNames: [name], Filters: filtersOf(args) }),
    );
    if (ServiceDetails.length === 0) {
      throw new Error(`there is no VPC endpoint service ${name}`);
    }
    if (ServiceDetails.length > 1) {
      throw new Error(`there are ${ServiceDetails.length} VPC endpoint services ${name}`);
    }
    const [service] = ServiceDetails;
    return {
      id: hashcode(name),
      serviceId: service.ServiceId,
      serviceName: service.ServiceName,
      serviceType: service.ServiceType?.[0].ServiceType,
      availabilityZones: [...(service.AvailabilityZones ?? [])].sort(),
      owner: service.Owner,
      privateDnsName: service.PrivateDnsName,
    };
  },
};

export const functions: Readonly<Record<string, Fn>> = {
  ...lookups,
  "aws:ec2/getSubnets:getSubnets": getSubnets,
  "aws:ec2/getSubnet:getSubnet": getSubnet,
  "aws:ec2/getSecurityGroups:getSecurityGroups": getSecurityGroups,
  "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": getInstanceTypeOfferings,
  "aws:ec2/getVpcEndpointService:getVpcEndpointService": getVpcEndpointService,
};
