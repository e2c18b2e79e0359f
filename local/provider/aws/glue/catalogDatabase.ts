import {
  CreateDatabaseCommand,
  DeleteDatabaseCommand,
  GetDatabaseCommand,
  UpdateDatabaseCommand,
} from "@aws-sdk/client-glue";
import type * as aws from "@pulumi/aws";

import { callerAccount } from "../functions";
import { Plain, Properties, ifThere, row } from "../row";
import { arnOf, glue, retag, tagsOf } from "./client";

type DatabaseArgs = Plain<aws.glue.CatalogDatabaseArgs>;

export const catalogDatabase = row<DatabaseArgs>({
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
      outputs: { arn: arnOf(account, "database", name), catalogId: account },
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
    const arn = arnOf(account, "database", name);
    return {
      name,
      description: there.Description,
      locationUri: there.LocationUri,
      tags: await tagsOf(arn),
      arn,
      catalogId: account,
    };
  },
  async update(change) {
    const { inputs, changed } = change;
    if (changed.has("description") || changed.has("locationUri")) {
      await glue.send(
        new UpdateDatabaseCommand({ Name: inputs.name, DatabaseInput: input(inputs) }),
      );
    }
    await retag(change);
  },
  async delete(id) {
    // The tables go with it, as in the official provider.
    await ifThere(
      glue.send(new DeleteDatabaseCommand({ Name: id.split(":")[1] })),
      "EntityNotFoundException",
    );
  },
});

export function input({ name, description, locationUri }: DatabaseArgs) {
  return { Name: name as string, Description: description, LocationUri: locationUri };
}
