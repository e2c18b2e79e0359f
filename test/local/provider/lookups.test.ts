import assert from "node:assert/strict";

import * as sdk from "@aws-sdk/client-ec2";

import type { Properties } from "../../../local/provider/aws/row";
import "./cloud";
import { FUNCTIONS } from "./rows";

const ec2 = new sdk.EC2Client({});
const call = (name: string, args: Properties) => FUNCTIONS[`aws:${name}`].call(args);

/** What is made for the look-ups, by its ids. */
interface Made {
  readonly vpc: string;
  readonly subnet: string;
  readonly table: string;
  readonly group: string;
  readonly nat: string;
}

async function make(): Promise<Made> {
  const { Vpc } = await ec2.send(new sdk.CreateVpcCommand({ CidrBlock: "10.77.0.0/16" }));
  const vpc = Vpc?.VpcId ?? "";
  const { Subnet } = await ec2.send(
    new sdk.CreateSubnetCommand({ VpcId: vpc, CidrBlock: "10.77.1.0/28" }),
  );
  const subnet = Subnet?.SubnetId ?? "";
  const { AllocationId } = await ec2.send(new sdk.AllocateAddressCommand({ Domain: "vpc" }));
  const { NatGateway } = await ec2.send(
    new sdk.CreateNatGatewayCommand({ SubnetId: subnet, AllocationId }),
  );
  const nat = NatGateway?.NatGatewayId ?? "";
  const { RouteTable } = await ec2.send(new sdk.CreateRouteTableCommand({ VpcId: vpc }));
  const table = RouteTable?.RouteTableId ?? "";
  await ec2.send(
    new sdk.CreateRouteCommand({
      RouteTableId: table,
      DestinationCidrBlock: "0.0.0.0/0",
      NatGatewayId: nat,
    }),
  );
  const { GroupId: group = "" } = await ec2.send(
    new sdk.CreateSecurityGroupCommand({ VpcId: vpc, GroupName: "look", Description: "look" }),
  );
  return { vpc, subnet, table, group, nat };
}

/** Takes away what was made, as other tests have nothing of it. */
async function remove({ vpc, subnet, table, group, nat }: Made): Promise<void> {
  const { VpcEndpoints = [] } = await ec2.send(new sdk.DescribeVpcEndpointsCommand({}));
  const VpcEndpointIds = VpcEndpoints.filter(({ VpcId }) => VpcId === vpc).map(
    ({ VpcEndpointId = "" }) => VpcEndpointId,
  );
  await ec2.send(new sdk.DeleteVpcEndpointsCommand({ VpcEndpointIds }));
  const { NatGateways } = await ec2.send(
    new sdk.DescribeNatGatewaysCommand({ NatGatewayIds: [nat] }),
  );
  const { AllocationId } = NatGateways?.[0].NatGatewayAddresses?.[0] ?? {};
  await ec2.send(new sdk.DeleteNatGatewayCommand({ NatGatewayId: nat }));
  await ec2.send(new sdk.ReleaseAddressCommand({ AllocationId }));
  const { RouteTables } = await ec2.send(
    new sdk.DescribeRouteTablesCommand({ RouteTableIds: [table] }),
  );
  for (const { RouteTableAssociationId } of RouteTables?.[0].Associations ?? []) {
    const AssociationId = RouteTableAssociationId;
    await ec2.send(new sdk.DisassociateRouteTableCommand({ AssociationId }));
  }
  await ec2.send(new sdk.DeleteRouteTableCommand({ RouteTableId: table }));
  await ec2.send(new sdk.DeleteSubnetCommand({ SubnetId: subnet }));
  await ec2.send(new sdk.DeleteSecurityGroupCommand({ GroupId: group }));
  await ec2.send(new sdk.DeleteVpcCommand({ VpcId: vpc }));
}

describe("the functions that look up a VPC that is there", () => {
  let there: Made;
  before(async () => {
    there = await make();
  });
  after(() => remove(there));

  it("tell a VPC's blocks, names and main table, and refuse what is not there", async () => {
    const vpc = await call("ec2/getVpc:getVpc", { id: there.vpc });
    assert.deepEqual(
      (vpc.cidrBlockAssociations as Properties[]).map(({ cidrBlock, state }) => [cidrBlock, state]),
      [["10.77.0.0/16", "associated"]],
    );
    assert.deepEqual([vpc.enableDnsSupport, vpc.enableDnsHostnames], [true, false]);
    assert.match(String(vpc.mainRouteTableId), /^rtb-/);
    await assert.rejects(
      call("ec2/getVpc:getVpc", { id: "vpc-00000000" }),
      /no matching EC2 VPC found/,
    );
  });

  it("tell a subnet's free addresses, of which AWS keeps five and each gateway takes one", async () => {
    const { availableIpAddressCount } = await call("ec2/getSubnet:getSubnet", { id: there.subnet });
    assert.equal(availableIpAddressCount, 16 - 5 - 1);
  });

  it("find the table of a subnet's own association, and its routes but the local one", async () => {
    const { vpc, subnet, table, nat } = there;
    const tables = () =>
      call("ec2/getRouteTables:getRouteTables", {
        vpcId: vpc,
        filters: [{ name: "association.subnet-id", values: [subnet] }],
      });
    assert.deepEqual((await tables()).ids, []);
    await ec2.send(new sdk.AssociateRouteTableCommand({ SubnetId: subnet, RouteTableId: table }));
    assert.deepEqual((await tables()).ids, [table]);
    for (const args of [{ routeTableId: table }, { subnetId: subnet }]) {
      const found = await call("ec2/getRouteTable:getRouteTable", args);
      assert.equal(found.id, table);
      const routes = found.routes as Properties[];
      assert.deepEqual(
        routes.map(({ cidrBlock, natGatewayId, gatewayId }) => [
          cidrBlock,
          natGatewayId,
          gatewayId,
        ]),
        [["0.0.0.0/0", nat, ""]],
      );
    }
    await assert.rejects(
      call("ec2/getRouteTable:getRouteTable", { routeTableId: "rtb-00000000" }),
      /no matching Route Table found/,
    );
  });

  it("tell where a NAT gateway stands", async () => {
    const { availabilityMode, connectivityType, state, subnetId } = await call(
      "ec2/getNatGateway:getNatGateway",
      { id: there.nat },
    );
    assert.deepEqual(
      [availabilityMode, connectivityType, state, subnetId],
      ["zonal", "public", "available", there.subnet],
    );
    await assert.rejects(
      call("ec2/getNatGateway:getNatGateway", { id: "nat-00000000" }),
      /no matching EC2 NAT Gateway found/,
    );
  });

  it("tell the rules of a group, by what they admit", async () => {
    const { group } = there;
    const tcp = { IpProtocol: "tcp", FromPort: 443, ToPort: 443 };
    await ec2.send(
      new sdk.AuthorizeSecurityGroupIngressCommand({
        GroupId: group,
        IpPermissions: [
          { ...tcp, IpRanges: [{ CidrIp: "10.77.0.0/16" }] },
          { IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: group }] },
        ],
      }),
    );
    const { ids } = await call("vpc/getSecurityGroupRules:getSecurityGroupRules", {
      filters: [{ name: "group-id", values: [group] }],
    });
    const rules = await Promise.all(
      (ids as string[]).map((securityGroupRuleId) =>
        call("vpc/getSecurityGroupRule:getSecurityGroupRule", { securityGroupRuleId }),
      ),
    );
    assert.deepEqual(
      rules
        .filter(({ isEgress }) => isEgress !== true)
        .map((one) => [one.ipProtocol, one.fromPort, one.cidrIpv4, one.referencedSecurityGroupId]),
      [
        ["tcp", 443, "10.77.0.0/16", undefined],
        ["-1", -1, undefined, group],
      ],
    );
  });

  it("find the one endpoint of a service, by its type, and say where there is none or several", async () => {
    const { vpc, subnet, table, group } = there;
    const serviceName = "com.amazonaws.us-east-1.s3";
    const find = (vpcEndpointType: string) =>
      call("ec2/getVpcEndpoint:getVpcEndpoint", {
        ...{ vpcId: vpc, serviceName, vpcEndpointType, state: "available" },
      });
    await assert.rejects(find("Gateway"), /no matching EC2 VPC Endpoint found/);
    const common = { VpcId: vpc, ServiceName: serviceName };
    await ec2.send(new sdk.CreateVpcEndpointCommand({ ...common, RouteTableIds: [table] }));
    const inside = { SubnetIds: [subnet], SecurityGroupIds: [group] };
    const made = { ...common, ...inside, VpcEndpointType: sdk.VpcEndpointType.Interface };
    await ec2.send(new sdk.CreateVpcEndpointCommand(made));
    assert.deepEqual((await find("Gateway")).routeTableIds, [table]);
    const found = await find("Interface");
    assert.deepEqual([found.securityGroupIds, found.privateDnsEnabled], [[group], false]);
    await ec2.send(new sdk.CreateVpcEndpointCommand(made));
    await assert.rejects(find("Interface"), /multiple EC2 VPC Endpoints matched/);
  });
});
