import {
  CreateCrawlerCommand,
  DeleteBehavior,
  DeleteCrawlerCommand,
  GetCrawlerCommand,
  UpdateBehavior,
  UpdateCrawlerCommand,
} from "@aws-sdk/client-glue";
import type * as aws from "@pulumi/aws";

import { callerAccount } from "../functions";
import { Plain, ifThere, row } from "../row";
import { arnOf, glue, retag, tagsOf, told } from "./client";

type CrawlerArgs = Plain<aws.glue.CrawlerArgs> & { role: string };

export const crawler = row<CrawlerArgs>({
  args: [
    "configuration",
    "databaseName",
    "description",
    "name",
    "role",
    "s3Targets",
    "schemaChangePolicy",
    "securityConfiguration",
    "tags",
  ],
  members: { schemaChangePolicy: ["deleteBehavior", "updateBehavior"] },
  replaceOn: ["name"],
  computed: ["arn"],
  autoName: { input: "name", maxLength: 255 },
  idOf: ({ name }) => name,
  async create(inputs) {
    const id = inputs.name as string;
    await glue.send(
      new CreateCrawlerCommand({ Name: id, ...crawlerDefinition(inputs), Tags: inputs.tags }),
    );
    return { id, outputs: { arn: arnOf(await callerAccount(), "crawler", id) } };
  },
  async read(id, { role: given }) {
    const found = await ifThere(
      glue.send(new GetCrawlerCommand({ Name: id })),
      "EntityNotFoundException",
    );
    const there = found?.Crawler;
    if (there === undefined) {
      return undefined;
    }
    const arn = arnOf(await callerAccount(), "crawler", id);
    return {
      name: id,
      description: told(there.Description),
      databaseName: there.DatabaseName,
      // Glue tells the name of a role whose ARN it was given.
      role: given?.endsWith(`/${there.Role}`) ? given : there.Role,
      s3Targets: there.Targets?.S3Targets?.map(({ Path, Exclusions = [] }) =>
        Exclusions.length > 0 ? { path: Path, exclusions: Exclusions } : { path: Path },
      ),
      configuration: told(there.Configuration),
      schemaChangePolicy: {
        deleteBehavior: there.SchemaChangePolicy?.DeleteBehavior,
        updateBehavior: there.SchemaChangePolicy?.UpdateBehavior,
      },
      securityConfiguration: told(there.CrawlerSecurityConfiguration),
      tags: await tagsOf(arn),
      arn,
    };
  },
  async update(change) {
    const { id, inputs, changed } = change;
    if ([...changed].some((input) => input !== "tags")) {
      await glue.send(new UpdateCrawlerCommand({ Name: id, ...crawlerDefinition(inputs) }));
    }
    await retag(change);
  },
  async delete(id) {
    await ifThere(glue.send(new DeleteCrawlerCommand({ Name: id })), "EntityNotFoundException");
  },
});

function crawlerDefinition(inputs: CrawlerArgs) {
  const policy = inputs.schemaChangePolicy;
  return {
    DatabaseName: inputs.databaseName,
    Description: inputs.description ?? "",
    Role: inputs.role,
    Targets: {
      S3Targets: inputs.s3Targets?.map(({ path, exclusions }) => ({
        Path: path,
        Exclusions: exclusions,
      })),
    },
    Configuration: inputs.configuration,
    CrawlerSecurityConfiguration: inputs.securityConfiguration,
    SchemaChangePolicy: policy && {
      DeleteBehavior: policy.deleteBehavior as DeleteBehavior | undefined,
      UpdateBehavior: policy.updateBehavior as UpdateBehavior | undefined,
    },
  };
}
