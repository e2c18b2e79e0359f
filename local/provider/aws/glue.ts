import {
  CloudWatchEncryptionMode,
  CreateCrawlerCommand,
  CreateDatabaseCommand,
  CreateJobCommand,
  CreateSecurityConfigurationCommand,
  DeleteBehavior,
  DeleteCrawlerCommand,
  DeleteDatabaseCommand,
  DeleteJobCommand,
  DeleteSecurityConfigurationCommand,
  GetCrawlerCommand,
  GetDatabaseCommand,
  GetJobCommand,
  GetSecurityConfigurationCommand,
  GetTagsCommand,
  GlueClient,
  JobBookmarksEncryptionMode,
  S3EncryptionMode,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateBehavior,
  UpdateCrawlerCommand,
  UpdateDatabaseCommand,
  UpdateJobCommand,
  WorkerType,
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
  async update({ inputs, olds, changed }) {
    if (changed.has("description") || changed.has("locationUri")) {
      await glue.send(
        new UpdateDatabaseCommand({ Name: inputs.name, DatabaseInput: input(inputs) }),
      );
    }
    if (changed.has("tags")) {
      await changeTags(olds.arn as string, olds, inputs);
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

function arnOf(account: string, kind: "crawler" | "database" | "job", name: string): string {
  return `arn:aws:glue:${process.env.AWS_REGION}:${account}:${kind}/${name}`;
}

async function tagsOf(ResourceArn: string): Promise<Record<string, string> | undefined> {
  return (await glue.send(new GetTagsCommand({ ResourceArn }))).Tags;
}

interface Tagged {
  readonly tags?: Readonly<Record<string, string>>;
}

async function changeTags(ResourceArn: string, olds: Tagged, news: Tagged): Promise<void> {
  const gone = goneTags(olds, news);
  if (gone.length > 0) {
    await glue.send(new UntagResourceCommand({ ResourceArn, TagsToRemove: gone }));
  }
  await glue.send(new TagResourceCommand({ ResourceArn, TagsToAdd: news.tags ?? {} }));
}

type JobArgs = Plain<aws.glue.JobArgs>;

const job = row<JobArgs>({
  args: [
    "command",
    "defaultArguments",
    "description",
    "executionProperty",
    "glueVersion",
    "maxRetries",
    "name",
    "numberOfWorkers",
    "roleArn",
    "securityConfiguration",
    "tags",
    "timeout",
    "workerType",
  ],
  members: {
    command: ["name", "pythonVersion", "scriptLocation"],
    executionProperty: ["maxConcurrentRuns"],
  },
  replaceOn: ["name"],
  computed: ["arn"],
  autoName: { input: "name", maxLength: 255 },
  idOf: ({ name }) => name,
  async create(inputs) {
    const id = inputs.name as string;
    await glue.send(
      new CreateJobCommand({ Name: id, ...jobDefinition(inputs), Tags: inputs.tags }),
    );
    return { id, outputs: { arn: arnOf(await callerAccount(), "job", id) } };
  },
  async read(id) {
    const found = await ifThere(
      glue.send(new GetJobCommand({ JobName: id })),
      "EntityNotFoundException",
    );
    const there = found?.Job;
    if (there === undefined) {
      return undefined;
    }
    const arn = arnOf(await callerAccount(), "job", id);
    return {
      name: id,
      description: told(there.Description),
      roleArn: there.Role,
      command: {
        name: there.Command?.Name,
        pythonVersion: there.Command?.PythonVersion,
        scriptLocation: there.Command?.ScriptLocation,
      },
      defaultArguments: there.DefaultArguments,
      executionProperty: { maxConcurrentRuns: there.ExecutionProperty?.MaxConcurrentRuns },
      glueVersion: there.GlueVersion,
      maxRetries: there.MaxRetries,
      numberOfWorkers: there.NumberOfWorkers,
      securityConfiguration: told(there.SecurityConfiguration),
      timeout: there.Timeout,
      workerType: there.WorkerType,
      tags: await tagsOf(arn),
      arn,
    };
  },
  async update({ id, inputs, olds, changed }) {
    if ([...changed].some((input) => input !== "tags")) {
      // Everything that is left out is reset:
      // https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateJob.html
      await glue.send(new UpdateJobCommand({ JobName: id, JobUpdate: jobDefinition(inputs) }));
    }
    if (changed.has("tags")) {
      await changeTags(olds.arn as string, olds, inputs);
    }
  },
  async delete(id) {
    await ifThere(glue.send(new DeleteJobCommand({ JobName: id })), "EntityNotFoundException");
  },
});

function jobDefinition(inputs: JobArgs) {
  return {
    Description: inputs.description,
    Role: inputs.roleArn,
    Command: {
      Name: inputs.command.name ?? "glueetl",
      PythonVersion: inputs.command.pythonVersion,
      ScriptLocation: inputs.command.scriptLocation,
    },
    DefaultArguments: inputs.defaultArguments,
    ExecutionProperty: inputs.executionProperty && {
      MaxConcurrentRuns: inputs.executionProperty.maxConcurrentRuns,
    },
    GlueVersion: inputs.glueVersion,
    MaxRetries: inputs.maxRetries,
    NumberOfWorkers: inputs.numberOfWorkers,
    SecurityConfiguration: inputs.securityConfiguration,
    Timeout: inputs.timeout,
    WorkerType: inputs.workerType as WorkerType | undefined,
  };
}

type CrawlerArgs = Plain<aws.glue.CrawlerArgs> & { role: string };

const crawler = row<CrawlerArgs>({
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
  async update({ id, inputs, olds, changed }) {
    if ([...changed].some((input) => input !== "tags")) {
      await glue.send(new UpdateCrawlerCommand({ Name: id, ...crawlerDefinition(inputs) }));
    }
    if (changed.has("tags")) {
      await changeTags(olds.arn as string, olds, inputs);
    }
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

/** Glue tells of what was left out by an empty text. */
function told(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

type SecurityConfigurationArgs = Plain<aws.glue.SecurityConfigurationArgs>;

const securityConfiguration = row<SecurityConfigurationArgs>({
  args: ["encryptionConfiguration", "name"],
  members: {
    encryptionConfiguration: ["cloudwatchEncryption", "jobBookmarksEncryption", "s3Encryption"],
    "encryptionConfiguration.cloudwatchEncryption": ["cloudwatchEncryptionMode", "kmsKeyArn"],
    "encryptionConfiguration.jobBookmarksEncryption": ["jobBookmarksEncryptionMode", "kmsKeyArn"],
    "encryptionConfiguration.s3Encryption": ["kmsKeyArn", "s3EncryptionMode"],
  },
  // AWS has no call that changes one.
  replaceOn: ["encryptionConfiguration", "name"],
  computed: [],
  autoName: { input: "name", maxLength: 255 },
  idOf: ({ name }) => name,
  async create({ name, encryptionConfiguration }) {
    const { cloudwatchEncryption, jobBookmarksEncryption, s3Encryption } = encryptionConfiguration;
    await glue.send(
      new CreateSecurityConfigurationCommand({
        Name: name,
        EncryptionConfiguration: {
          CloudWatchEncryption: {
            CloudWatchEncryptionMode:
              cloudwatchEncryption.cloudwatchEncryptionMode as CloudWatchEncryptionMode,
            KmsKeyArn: cloudwatchEncryption.kmsKeyArn,
          },
          JobBookmarksEncryption: {
            JobBookmarksEncryptionMode:
              jobBookmarksEncryption.jobBookmarksEncryptionMode as JobBookmarksEncryptionMode,
            KmsKeyArn: jobBookmarksEncryption.kmsKeyArn,
          },
          S3Encryption: [
            {
              S3EncryptionMode: s3Encryption.s3EncryptionMode as S3EncryptionMode,
              KmsKeyArn: s3Encryption.kmsKeyArn,
            },
          ],
        },
      }),
    );
    return { id: name as string, outputs: {} };
  },
  async read(id) {
    const found = await ifThere(
      glue.send(new GetSecurityConfigurationCommand({ Name: id })),
      "EntityNotFoundException",
    );
    const there = found?.SecurityConfiguration?.EncryptionConfiguration;
    const [s3] = there?.S3Encryption ?? [];
    return (
      there && {
        name: id,
        encryptionConfiguration: {
          cloudwatchEncryption: {
            cloudwatchEncryptionMode: there.CloudWatchEncryption?.CloudWatchEncryptionMode,
            kmsKeyArn: there.CloudWatchEncryption?.KmsKeyArn,
          },
          jobBookmarksEncryption: {
            jobBookmarksEncryptionMode: there.JobBookmarksEncryption?.JobBookmarksEncryptionMode,
            kmsKeyArn: there.JobBookmarksEncryption?.KmsKeyArn,
          },
          s3Encryption: { s3EncryptionMode: s3?.S3EncryptionMode, kmsKeyArn: s3?.KmsKeyArn },
        },
      }
    );
  },
  async delete(id) {
    await ifThere(
      glue.send(new DeleteSecurityConfigurationCommand({ Name: id })),
      "EntityNotFoundException",
    );
  },
});

export const rows: Readonly<Record<string, AnyRow>> = {
  "aws:glue/catalogDatabase:CatalogDatabase": catalogDatabase,
  "aws:glue/crawler:Crawler": crawler,
  "aws:glue/job:Job": job,
  "aws:glue/securityConfiguration:SecurityConfiguration": securityConfiguration,
};
