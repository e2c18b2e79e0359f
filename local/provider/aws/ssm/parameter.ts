import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  ListTagsForResourceCommand,
  ParameterTier,
  ParameterType,
  PutParameterCommand,
  RemoveTagsFromResourceCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import type * as aws from "@pulumi/aws";

import { length, oneOf } from "../checks";
import { Plain, ifThere, row } from "../row";
import { changeTags, tagList, tagMap } from "../tags";

const ssm = new SSMClient({});

type ParameterArgs = Plain<aws.ssm.ParameterArgs> & { name: string };

export const parameter = row<ParameterArgs>({
  args: ["description", "keyId", "name", "overwrite", "tags", "tier", "type", "value"],
  replaceOn: ["name"],
  computed: ["arn", "version"],
  volatile: (changed) => (changed.has("value") || changed.has("description") ? ["version"] : []),
  leftOut: ["keyId", "tier"],
  // Systems Manager takes no parameter back from the advanced tier.
  alsoReplaces: (input, olds, news) =>
    input === "tier" && olds.tier === "Advanced" && news.tier === "Standard",
  checks: {
    description: length(0, 1024),
    name: length(1, 2048),
    tier: oneOf("Standard", "Advanced", "Intelligent-Tiering"),
    type: oneOf("String", "StringList", "SecureString"),
  },
  source: {
    file: "internal/service/ssm/parameter.go",
  },
  idOf: ({ name, overwrite }) => (overwrite === true ? undefined : name),
  async create(inputs) {
    if (inputs.overwrite === true) {
      // Not together with tags: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
      await ssm.send(new PutParameterCommand({ ...input(inputs), Overwrite: true }));
      await tag(inputs.name, inputs.tags);
    } else {
      await ssm.send(new PutParameterCommand({ ...input(inputs), Tags: tagList(inputs.tags) }));
    }
    return { id: inputs.name, outputs: (await read(inputs.name)) ?? {} };
  },
  read,
  async update(change) {
    const { id, inputs, changed } = change;
    if ([...changed].some((key) => key !== "tags" && key !== "overwrite")) {
      await ssm.send(
        new PutParameterCommand({
          ...input(inputs),
          // Systems Manager keeps what is left out.
          Description: changed.has("description") ? (inputs.description ?? "") : undefined,
          KeyId: changed.has("keyId") ? keyOf(inputs) : undefined,
          Overwrite: true,
        }),
      );
    }
    await changeTags(change, {
      untag: (TagKeys) => ssm.send(new RemoveTagsFromResourceCommand({ ...resource(id), TagKeys })),
      tag: (tags) => tag(id, tags),
    });
    const there = await read(id);
    return { version: there?.version };
  },
  async delete(id) {
    await ifThere(ssm.send(new DeleteParameterCommand({ Name: id })), "ParameterNotFound");
  },
});

const resource = (id: string) => ({ ResourceType: "Parameter", ResourceId: id }) as const;

async function tag(id: string, tags: ParameterArgs["tags"]): Promise<void> {
  await ssm.send(new AddTagsToResourceCommand({ ...resource(id), Tags: tagList(tags) }));
}

/** The key goes along with a secret alone. */
function keyOf({ type, keyId }: ParameterArgs): string | undefined {
  return type === "SecureString" ? keyId : undefined;
}

function input(inputs: ParameterArgs) {
  return {
    Name: inputs.name,
    Type: inputs.type as ParameterType,
    Value: inputs.value,
    Description: inputs.description,
    KeyId: keyOf(inputs),
    Tier: inputs.tier as ParameterTier | undefined,
  };
}

async function read(id: string) {
  const found = await ifThere(
    ssm.send(new GetParameterCommand({ Name: id, WithDecryption: true })),
    "ParameterNotFound",
  );
  const there = found?.Parameter;
  if (there === undefined) {
    return undefined;
  }
  const [{ Parameters }, { TagList }] = await Promise.all([
    ssm.send(
      new DescribeParametersCommand({
        ParameterFilters: [{ Key: "Name", Option: "Equals", Values: [id] }],
      }),
    ),
    ssm.send(new ListTagsForResourceCommand({ ResourceType: "Parameter", ResourceId: id })),
  ]);
  return {
    name: there.Name,
    type: there.Type,
    value: there.Value,
    description: Parameters?.[0]?.Description,
    tier: Parameters?.[0]?.Tier,
    keyId: Parameters?.[0]?.KeyId,
    tags: tagMap(TagList),
    arn: there.ARN,
    version: there.Version,
  };
}
