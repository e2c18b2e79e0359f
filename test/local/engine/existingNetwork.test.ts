import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import * as sdk from "@aws-sdk/client-ec2";
import type { PulumiCommand } from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";

import { startCloud, stopCloud } from "../../../local/cli/cloud";
import type { Endpoint } from "../../../local/engine/endpoint";
import { LocalStack } from "../../../local/engine/stack";
import { toolHome } from "../../../local/home";
import { findPulumi } from "../../../local/setup/pulumiCli";
import { copyOfProgram, freePort, temporaryHome } from "../running";
import { FREE_BLOCKS, networkOf, theirVpc } from "./theirVpc";

/** The VPC of another team, made by a stack of theirs, and the program in it. */
describe("a stack in the VPC of another stack", () => {
  const { home, remove } = temporaryHome();
  const { home: theirs, remove: removeTheirs } = temporaryHome();
  const { folder, remove: removeCopy } = copyOfProgram();
  const file = path.join(folder, "Pulumi.local.yaml");
  const { config } = parse(fs.readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  let cloud: Endpoint;
  let pulumi: PulumiCommand;
  let network: { readonly vpcId: string; readonly subnetIds: string[] };

  before(async () => {
    pulumi = (await findPulumi(toolHome)) as PulumiCommand;
    cloud = await startCloud(home, await freePort(), () => undefined);
    Object.assign(process.env, cloud.environment);
  });
  after(async () => {
    await stopCloud(home);
    [removeCopy, removeTheirs, remove].forEach((one) => one());
  });

  const common = () => ({ pulumi, cloud, onOutput: () => undefined, policyPack: null });
  const vpc = () => theirVpc(theirs, pulumi, cloud);
  const stack = (settings: Record<string, unknown>): Promise<LocalStack> => {
    const own = Object.entries({
      network,
      redshiftSubnetCidrs: FREE_BLOCKS,
      ...settings,
    }).map(([name, value]) => [`mwaa-analytics:${name}`, value]);
    fs.writeFileSync(
      file,
      stringify({ config: { ...config, ...(Object.fromEntries(own) as object) } }),
    );
    return LocalStack.open({ ...common(), home, source: folder });
  };

  it("is made in it, and needs nothing more after that", async () => {
    const theirStack = await vpc();
    await theirStack.up();
    network = await networkOf(theirStack);
    const own = await stack({ vpcEndpoints: ["elasticmapreduce"] });
    await own.up();
    assert.equal((await own.resources())["awsx:ec2:Vpc"], undefined);
    const { changes } = await (await stack({ vpcEndpoints: ["elasticmapreduce"] })).preview();
    assert.deepEqual(Object.keys(changes), ["same"]);
  });

  it("is refused once the VPC has no way out, before anything changes", async () => {
    const ec2 = new sdk.EC2Client({});
    const Filters = [{ Name: "association.subnet-id", Values: network.subnetIds }];
    const { RouteTables = [] } = await ec2.send(new sdk.DescribeRouteTablesCommand({ Filters }));
    for (const { RouteTableId } of RouteTables) {
      const DestinationCidrBlock = "0.0.0.0/0";
      await ec2.send(new sdk.DeleteRouteCommand({ RouteTableId, DestinationCidrBlock }));
    }
    await assert.rejects(
      (await stack({ vpcEndpoints: ["elasticmapreduce"] })).preview(),
      (error: Error) => {
        for (const id of network.subnetIds) {
          assert.match(
            error.message,
            new RegExp(`network.subnetIds is "${id}"; allowed: a subnet with a way to`),
          );
        }
        return true;
      },
    );
  });

  it("is taken out of it again, and leaves it as it was", async () => {
    await (await stack({})).destroy();
    assert.ok((await (await vpc()).resources())["aws:ec2/vpc:Vpc"] === 1);
  });
});
