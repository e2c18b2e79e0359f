import {
  CreateDatabaseCommand,
  DeleteDatabaseCommand,
  GetDatabaseCommand,
  GetTagsCommand,
  GlueClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateDatabaseCommand,
} from "@aws-sdk/client-glue";
import type * as aws from "@pulumi/aws";

import { callerAccount } from "./functions";
import { AnyRow, Plain, Properties, goneTags, ifThere, row } from "./row";

const glue = new GlueClient({});

type DatabaseArgs = Plain<aws.glue.CatalogDatabaseArgs>;

const catalogDatabase = row<DatabaseArgs>({
  args: ["description", "locationUri", "name", "tags"],
  replaceOn: ["name"],
  computed: ["arn", "catalogId"],
  autoName: { input: "name", maxLength: 255 },
  idOf: async ({ name }) => `${await callerAccount()}:${name}`,
  async create(inputs) {
    const name = inputs.name as string;
    const account = await callerAccount();
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: input(inputs), Tags: inputs.tags }));
    return {
      id: `${account}:${name}`,
      outputs: { arn: arnOf(account, name), catalogId: account },
    };
  },
  async read(id): Promise<Properties | undefined> {
    const [account, name] = id.split(":");
    const found = await ifThere(
      glue.send(new GetDatabaseCommand({ Name: name })),
      "EntityNotFoundException",
    );
    const there = found?.Database;
    if (there === undefined) {
      return undefined;
    }
    const arn = arnOf(account, name);
    const { Tags } = await glue.send(new GetTagsCommand({ ResourceArn: arn }));
    return {
      name,
      description: there.Description,
      locationUri: there.LocationUri,
      tags: Tags,
      arn,
      catalogId: account,
    };
  },
  async update({ inputs, olds, changed }) {
    if (changed.has("description") || changed.has("locationUri")) {
      await glue.send(
        new UpdateDatabaseCommand({ Name: inputs.name, DatabaseInput: input(inputs) }),
      );
    }
    if (changed.has("tags")) {
      const ResourceArn = olds.arn as string;
      const gone = goneTags(olds, inputs);
      if (gone.length > 0) {
        await glue.send(new UntagResourceCommand({ ResourceArn, TagsToRemove: gone }));
      }
      await glue.send(new TagResourceCommand({ ResourceArn, TagsToAdd: inputs.tags ?? {} }));
    }
  },
  async delete(id) {
    // The tables go with it, as in the official provider.
    await ifThere(
      glue.send(new DeleteDatabaseCommand({ Name: id.split(":")[1] })),
      "EntityNotFoundException",
    );
  },
});

function input({ name, description, locationUri }: DatabaseArgs) {
  return { Name: name as string, Description: description, LocationUri: locationUri };
}

function arnOf(account: string, name: string): string {
  return `arn:aws:glue:${process.env.AWS_REGION}:${account}:database/${name}`;
}

export const rows: Readonly<Record<string, AnyRow>> = {
  "aws:glue/catalogDatabase:CatalogDatabase": catalogDatabase,
};
