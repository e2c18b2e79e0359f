import {
  CreateClusterParameterGroupCommand,
  DeleteClusterParameterGroupCommand,
  DescribeClusterParameterGroupsCommand,
  DescribeClusterParametersCommand,
  ModifyClusterParameterGroupCommand,
} from "@aws-sdk/client-redshift";
import type * as aws from "@pulumi/aws";

import { all, length, pattern, unlike } from "../checks";
import { Plain, Properties, ifThere, row } from "../row";
import { tagMap } from "../tags";
import { arnOf, redshift, retag, tagsOf } from "./client";

type ParameterGroupArgs = Plain<aws.redshift.ParameterGroupArgs> & { readonly name: string };
type Parameters = NonNullable<ParameterGroupArgs["parameters"]>;

export const parameterGroup = row<ParameterGroupArgs>({
  args: ["description", "family", "name", "parameters", "tags"],
  members: { parameters: ["name", "value"] },
  replaceOn: ["description", "family", "name"],
  computed: ["arn"],
  autoName: { input: "name" },
  idOf: ({ name }) => name,
  checks: {
    name: all(
      length(1, 255),
      pattern(/^[a-z][0-9a-z-]*$/),
      unlike(/--/, "have two hyphens in a row"),
      unlike(/-$/, "end with a hyphen"),
    ),
  },
  source: {
    file: "internal/service/redshift/parameter_group.go",
    commit: "8e91e1aa9b67cd9320d9849bc9afaced8d0b8475",
    differences: ["`parameters` in another order are a change here, of which nothing is sent"],
  },
  async create({ name, description = "Managed by Pulumi", family, parameters = [], tags }, made) {
    await redshift.send(
      new CreateClusterParameterGroupCommand({
        Description: description,
        ParameterGroupFamily: family,
        ParameterGroupName: name,
        Tags: tagsOf({ tags }),
      }),
    );
    made(name);
    await setParameters(name, parameters);
    return { id: name, outputs: { arn: await arnOf("parametergroup", name) } };
  },
  read: (id, { parameters: known = [] }) => readGroup(id, known),
  async update(change) {
    await retag(change);
    const { id, inputs, olds } = change;
    const before = (olds.parameters ?? []).map(keyOf);
    // Of one that is no longer given nothing is sent: it stays as it is.
    await setParameters(
      id,
      (inputs.parameters ?? []).filter((parameter) => !before.includes(keyOf(parameter))),
    );
  },
  async delete(id) {
    await ifThere(
      redshift.send(new DeleteClusterParameterGroupCommand({ ParameterGroupName: id })),
      "ClusterParameterGroupNotFoundFault",
    );
  },
});

/** Values in another case are the same to the official provider. */
const keyOf = ({ name, value }: Parameters[number]): string => `${name}=${value.toLowerCase()}`;

async function setParameters(group: string, parameters: Parameters): Promise<void> {
  if (parameters.length > 0) {
    await redshift.send(
      new ModifyClusterParameterGroupCommand({
        ParameterGroupName: group,
        Parameters: parameters.map(({ name, value }) => ({
          ParameterName: name,
          ParameterValue: value,
        })),
      }),
    );
  }
}

async function readGroup(id: string, known: Parameters): Promise<Properties | undefined> {
  const found = await ifThere(
    redshift.send(new DescribeClusterParameterGroupsCommand({ ParameterGroupName: id })),
    "ClusterParameterGroupNotFoundFault",
  );
  const there = found?.ParameterGroups?.[0];
  if (there?.ParameterGroupName !== id) {
    return undefined;
  }
  const { Parameters: set = [] } = await redshift.send(
    new DescribeClusterParametersCommand({ ParameterGroupName: id, Source: "user" }),
  );
  const parameters = set.map(({ ParameterName = "", ParameterValue = "" }) => ({
    name: ParameterName,
    value: ParameterValue,
  }));
  return {
    name: id,
    description: there.Description,
    family: there.ParameterGroupFamily,
    parameters: inOrderOf(known, parameters),
    tags: tagMap(there.Tags),
    arn: await arnOf("parametergroup", id),
  };
}

/** A set: in the order in which it is known, and what is not known after that. */
function inOrderOf(known: Parameters, found: Parameters): Parameters {
  const keys = known.map(keyOf);
  const place = (parameter: Parameters[number]) => keys.indexOf(keyOf(parameter));
  const same = found.filter((one) => place(one) >= 0).sort((a, b) => place(a) - place(b));
  return [...same.map((one) => known[place(one)]), ...found.filter((one) => place(one) < 0)];
}
