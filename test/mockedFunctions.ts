import { ACCOUNT, REGION } from "./mockedAccount";

type Properties = Record<string, unknown>;

const ZONES = ["a", "b", "c", "d"].map((letter) => `${REGION}${letter}`);

/** What AWS answers to each function that the program calls. */
export const FUNCTIONS: Readonly<Record<string, (inputs: Properties) => Properties>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({ accountId: ACCOUNT }),
  "aws:index/getRegion:getRegion": () => ({ region: REGION }),
  "aws:index/getPartition:getPartition": () => ({ partition: "aws", dnsSuffix: "amazonaws.com" }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({
    names: ZONES,
  }),
  "aws:ec2/getSubnets:getSubnets": () => ({ ids: [] }),
  "aws:ec2/getSecurityGroups:getSecurityGroups": ({ filters }) => {
    const [{ values }] = filters as { values: string[] }[];
    return { ids: values, vpcIds: values.map(() => "vpc-own") };
  },
  "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": ({ filters }) => {
    const [{ values }] = filters as { values: string[] }[];
    const offered = ZONES.flatMap((zone) => values.map((type) => [zone, type]));
    return {
      locations: offered.map(([zone]) => zone),
      instanceTypes: offered.map(([, type]) => type),
    };
  },
  "aws:ec2/getVpcEndpointService:getVpcEndpointService": ({ serviceName }) => ({
    serviceName,
    availabilityZones: ZONES,
  }),
  "aws:resourcegroupstaggingapi/getResources:getResources": () => ({
    resourceTagMappingLists: [],
  }),
  "aws:redshiftserverless/getWorkgroup:getWorkgroup": ({ workgroupName }) => ({
    workgroupName,
    arn: `arn:aws:redshift-serverless:${REGION}:${ACCOUNT}:workgroup/existing-id`,
  }),
  "aws:redshift/getCluster:getCluster": ({ clusterIdentifier }) => ({
    clusterIdentifier,
    arn: `arn:aws:redshift:${REGION}:${ACCOUNT}:cluster:${String(clusterIdentifier)}`,
  }),
};
