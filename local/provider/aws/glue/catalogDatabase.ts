import {
  CreateDatabaseCommand,
  DeleteDatabaseCommand,
  GetDatabaseCommand,
  Permission as GluePermission,
  UpdateDatabaseCommand,
} from "@aws-sdk/client-glue";
import type * as aws from "@pulumi/aws";

import { all, length, unlike } from "../checks";
import { callerAccount } from "../functions";
import { Plain, Properties, ifThere, row } from "../row";
import { arnOf, glue, retag, tagsOf } from "./client";

type DatabaseArgs = Plain<aws.glue.CatalogDatabaseArgs>;

export const catalogDatabase = row<DatabaseArgs>({
  args: ["description", "locationUri", "name", "tags"],
  replaceOn: ["name"],
  computed: ["arn", "catalogId", "createTableDefaultPermissions"],
  leftOut: ["locationUri"],
  checks: {
    description: length(0, 2048),
    name: all(length(1, 255), unlike(/[A-Z]/, "have uppercase characters")),
  },
  source: {
    file: "internal/service/glue/catalog_database.go",
    differences: [
      "a name that is made up ends in a dash and digits, not in `_` and eight letters: the program names its databases",
    ],
  },
  autoName: { input: "name" },
  idOf: async ({ name }) => `${await callerAccount()}:${name}`,
  async create(inputs) {
    const CatalogId = await callerAccount();
    await glue.send(
      new CreateDatabaseCommand({ CatalogId, DatabaseInput: input(inputs), Tags: inputs.tags }),
    );
    const id = `${CatalogId}:${inputs.name}`;
    return { id, outputs: (await readDatabase(id)) ?? {} };
  },
  read: readDatabase,
  async update(change) {
    const { id, inputs, olds, changed } = change;
    await retag(change);
    if (changed.has("description") || changed.has("locationUri")) {
      const [CatalogId, Name] = id.split(":");
      const told = olds as { createTableDefaultPermissions?: Permission[] };
      const DatabaseInput = {
        ...input({ ...inputs, locationUri: inputs.locationUri ?? olds.locationUri }),
        // What Glue chose at the creation is sent again.
        CreateTableDefaultPermissions: told.createTableDefaultPermissions?.map(
          ({ permissions, principal }) => ({
            Permissions: permissions,
            Principal: { DataLakePrincipalIdentifier: principal?.dataLakePrincipalIdentifier },
          }),
        ),
      };
      await glue.send(new UpdateDatabaseCommand({ CatalogId, Name, DatabaseInput }));
    }
  },
  async delete(id) {
    // The tables go with it, as with Glue itself.
    const [CatalogId, Name] = id.split(":");
    await ifThere(
      glue.send(new DeleteDatabaseCommand({ CatalogId, Name })),
      "EntityNotFoundException",
    );
  },
});

interface Permission {
  readonly permissions?: GluePermission[];
  readonly principal?: { readonly dataLakePrincipalIdentifier?: string };
}

async function readDatabase(id: string): Promise<Properties | undefined> {
  const [CatalogId, Name] = id.split(":");
  const found = await ifThere(
    glue.send(new GetDatabaseCommand({ CatalogId, Name })),
    "EntityNotFoundException",
  );
  const there = found?.Database;
  if (there === undefined) {
    return undefined;
  }
  const arn = arnOf(CatalogId, "database", Name);
  return {
    name: Name,
    description: there.Description,
    locationUri: there.LocationUri,
    createTableDefaultPermissions: there.CreateTableDefaultPermissions?.map(
      ({ Permissions, Principal }): Permission => ({
        permissions: Permissions,
        principal: { dataLakePrincipalIdentifier: Principal?.DataLakePrincipalIdentifier },
      }),
    ),
    tags: await tagsOf(arn),
    arn,
    catalogId: CatalogId,
  };
}

function input({ name, description, locationUri }: DatabaseArgs) {
  return {
    Name: name as string,
    Description: description || undefined,
    LocationUri: locationUri || undefined,
  };
}
