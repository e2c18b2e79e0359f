import {
  CreateCrawlerCommand,
  DeleteBehavior,
  DeleteCrawlerCommand,
  GetCrawlerCommand,
  UpdateBehavior,
  UpdateCrawlerCommand,
} from "@aws-sdk/client-glue";
import type * as aws from "@pulumi/aws";

import { all, items, json, length, oneOf, pattern } from "../checks";
import { callerAccount } from "../functions";
import { Plain, ifThere, row } from "../row";
import { arnOf, glue, readNamed, retag, told } from "./client";

type CrawlerArgs = Plain<aws.glue.CrawlerArgs> & { role: string };

const DEPRECATE = "DEPRECATE_IN_DATABASE";

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
  members: {
    s3Targets: ["exclusions", "path"],
    schemaChangePolicy: ["deleteBehavior", "updateBehavior"],
  },
  replaceOn: ["databaseName", "name"],
  computed: ["arn"],
  autoName: { input: "name" },
  idOf: ({ name }) => name,
  checks: {
    configuration: json,
    description: length(0, 2048),
    name: all(length(1, 255), pattern(/[0-9A-Za-z_$#/-]+$/)),
    s3Targets: items(1),
    "schemaChangePolicy.deleteBehavior": oneOf("LOG", "DELETE_FROM_DATABASE", DEPRECATE),
    "schemaChangePolicy.updateBehavior": oneOf("LOG", "UPDATE_IN_DATABASE"),
  },
  together: ({ s3Targets }) => (s3Targets === undefined ? "s3Targets must be given" : undefined),
  source: {
    file: "internal/service/glue/crawler.go",
    differences: [
      "a role or a right that Glue refuses is not tried again for two minutes: roles count at once here",
      "of all kinds of targets there is that in S3 alone, which has to be given",
    ],
  },
  async create(inputs) {
    const id = inputs.name as string;
    await glue.send(
      new CreateCrawlerCommand({
        Name: id,
        ...definition(inputs),
        Configuration: inputs.configuration,
        Tags: inputs.tags,
      }),
    );
    return { id, outputs: { arn: arnOf(await callerAccount(), "crawler", id) } };
  },
  read: (id, { role: given }) =>
    readNamed("crawler", id, glue.send(new GetCrawlerCommand({ Name: id })), {
      of: ({ Crawler }) => Crawler,
      tell: (there) => ({
        description: told(there.Description),
        databaseName: there.DatabaseName,
        // Glue tells the name of a role whose ARN it was given, with its path.
        role: given?.endsWith(`:role/${there.Role}`) ? given : there.Role,
        s3Targets: there.Targets?.S3Targets?.map(({ Path, Exclusions = [] }) =>
          Exclusions.length > 0 ? { path: Path, exclusions: Exclusions } : { path: Path },
        ),
        configuration: told(there.Configuration),
        schemaChangePolicy: {
          deleteBehavior: there.SchemaChangePolicy?.DeleteBehavior,
          updateBehavior: there.SchemaChangePolicy?.UpdateBehavior,
        },
        securityConfiguration: told(there.CrawlerSecurityConfiguration),
      }),
    }),
  async update(change) {
    const { id, inputs, changed } = change;
    await retag(change);
    if ([...changed].some((input) => input !== "tags")) {
      await glue.send(
        new UpdateCrawlerCommand({
          Name: id,
          ...definition(inputs),
          // What is left out of these is taken away; of all else it stays.
          Configuration: inputs.configuration ?? "",
          Schedule: "",
          TablePrefix: "",
        }),
      );
    }
  },
  async delete(id) {
    await ifThere(glue.send(new DeleteCrawlerCommand({ Name: id })), "EntityNotFoundException");
  },
});

function definition(inputs: CrawlerArgs) {
  const policy = inputs.schemaChangePolicy;
  return {
    DatabaseName: inputs.databaseName,
    Description: inputs.description || undefined,
    Role: inputs.role,
    Targets: {
      // Members that are left out go as empty strings.
      S3Targets: inputs.s3Targets?.map(({ path, exclusions }) => ({
        Path: path,
        Exclusions: exclusions ?? [],
        ConnectionName: "",
        EventQueueArn: "",
        DlqEventQueueArn: "",
      })),
    },
    CrawlerSecurityConfiguration: inputs.securityConfiguration || undefined,
    SchemaChangePolicy: policy && {
      DeleteBehavior: (policy.deleteBehavior ?? DEPRECATE) as DeleteBehavior,
      UpdateBehavior: (policy.updateBehavior ?? "UPDATE_IN_DATABASE") as UpdateBehavior,
    },
  };
}
