import {
  CreateClusterSubnetGroupCommand,
  DeleteClusterSubnetGroupCommand,
  DescribeClusterSubnetGroupsCommand,
  ModifyClusterSubnetGroupCommand,
} from "@aws-sdk/client-redshift";
import type * as aws from "@pulumi/aws";

import { all, length, pattern, unlike } from "../checks";
import { Plain, ifThere, row } from "../row";
import { tagMap } from "../tags";
import { arnOf, redshift, retag, tagsOf } from "./client";

type SubnetGroupArgs = Plain<aws.redshift.SubnetGroupArgs> & { readonly name: string };

/** What the Pulumi package gives where the program gives none. */
const DESCRIPTION = "Managed by Pulumi";

export const subnetGroup = row<SubnetGroupArgs>({
  args: ["description", "name", "subnetIds", "tags"],
  replaceOn: ["name"],
  computed: ["arn"],
  autoName: { input: "name" },
  idOf: ({ name }) => name,
  checks: {
    name: all(length(1, 255), pattern(/^[0-9a-z-]+$/), unlike(/^default$/, "be default")),
  },
  source: {
    file: "internal/service/redshift/subnet_group.go",
    commit: "4e81648bd90b5da518944cc2a39dc274d054e91e",
  },
  async create({ name, description = DESCRIPTION, subnetIds, tags }) {
    await redshift.send(
      new CreateClusterSubnetGroupCommand({
        ClusterSubnetGroupName: name,
        Description: description,
        SubnetIds: subnetIds,
        Tags: tagsOf({ tags }),
      }),
    );
    return { id: name, outputs: { arn: await arnOf("subnetgroup", name) } };
  },
  async read(id) {
    const found = await ifThere(
      redshift.send(new DescribeClusterSubnetGroupsCommand({ ClusterSubnetGroupName: id })),
      "ClusterSubnetGroupNotFoundFault",
    );
    const there = found?.ClusterSubnetGroups?.[0];
    return (
      there && {
        name: id,
        description: there.Description,
        subnetIds: there.Subnets?.map(({ SubnetIdentifier }) => SubnetIdentifier),
        tags: tagMap(there.Tags),
        arn: await arnOf("subnetgroup", id),
      }
    );
  },
  async update(change) {
    await retag(change);
    const { id, inputs, changed } = change;
    if (changed.has("subnetIds") || changed.has("description")) {
      await redshift.send(
        new ModifyClusterSubnetGroupCommand({
          ClusterSubnetGroupName: id,
          Description: inputs.description ?? DESCRIPTION,
          SubnetIds: inputs.subnetIds,
        }),
      );
    }
  },
  async delete(id) {
    await ifThere(
      redshift.send(new DeleteClusterSubnetGroupCommand({ ClusterSubnetGroupName: id })),
      "ClusterSubnetGroupNotFoundFault",
    );
  },
});
