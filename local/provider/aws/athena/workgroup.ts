import {
  AthenaClient,
  CreateWorkGroupCommand,
  DeleteWorkGroupCommand,
  EncryptionOption,
  GetWorkGroupCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateWorkGroupCommand,
  WorkGroupState,
} from "@aws-sdk/client-athena";
import type * as aws from "@pulumi/aws";

import { callerAccount } from "../functions";
import { Plain, Properties, ifThere, row } from "../row";
import { changeTags, tagList, tagMap } from "../tags";

const athena = new AthenaClient({});

type WorkgroupArgs = Plain<aws.athena.WorkgroupArgs>;

const arnOf = (name: string, account: string) =>
  `arn:aws:athena:${process.env.AWS_REGION}:${account}:workgroup/${name}`;

export const workgroup = row<WorkgroupArgs>({
  args: ["configuration", "description", "forceDestroy", "name", "state", "tags"],
  members: {
    configuration: [
      "bytesScannedCutoffPerQuery",
      "enforceWorkgroupConfiguration",
      "engineVersion",
      "publishCloudwatchMetricsEnabled",
      "resultConfiguration",
    ],
    "configuration.engineVersion": ["selectedEngineVersion"],
    "configuration.resultConfiguration": [
      "encryptionConfiguration",
      "expectedBucketOwner",
      "outputLocation",
    ],
    "configuration.resultConfiguration.encryptionConfiguration": ["encryptionOption", "kmsKeyArn"],
  },
  replaceOn: ["name"],
  computed: ["arn"],
  autoName: { input: "name", maxLength: 128 },
  idOf: ({ name }) => name,
  async create(inputs) {
    const id = inputs.name as string;
    await athena.send(
      new CreateWorkGroupCommand({
        Name: id,
        Description: inputs.description,
        Configuration: configuration(inputs),
        Tags: tagList(inputs.tags),
      }),
    );
    // A new workgroup is enabled: https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateWorkGroup.html
    if (inputs.state === "DISABLED") {
      await athena.send(new UpdateWorkGroupCommand({ WorkGroup: id, State: "DISABLED" }));
    }
    return { id, outputs: { arn: arnOf(id, await callerAccount()) } };
  },
  async read(id): Promise<Properties | undefined> {
    const found = await ifThere(
      athena.send(new GetWorkGroupCommand({ WorkGroup: id })),
      "InvalidRequestException",
    );
    const there = found?.WorkGroup;
    if (there === undefined) {
      return undefined;
    }
    const arn = arnOf(id, await callerAccount());
    const { Tags } = await athena.send(new ListTagsForResourceCommand({ ResourceARN: arn }));
    const set = there.Configuration;
    const result = set?.ResultConfiguration;
    const encryption = result?.EncryptionConfiguration;
    return {
      name: id,
      description: there.Description === "" ? undefined : there.Description,
      state: there.State,
      configuration: {
        enforceWorkgroupConfiguration: set?.EnforceWorkGroupConfiguration,
        publishCloudwatchMetricsEnabled: set?.PublishCloudWatchMetricsEnabled,
        bytesScannedCutoffPerQuery: set?.BytesScannedCutoffPerQuery,
        // Athena chooses where nothing is asked for, and says AUTO.
        engineVersion:
          (set?.EngineVersion?.SelectedEngineVersion ?? "AUTO") === "AUTO"
            ? undefined
            : { selectedEngineVersion: set?.EngineVersion?.SelectedEngineVersion },
        resultConfiguration: {
          outputLocation: result?.OutputLocation,
          expectedBucketOwner: result?.ExpectedBucketOwner,
          encryptionConfiguration: encryption && {
            encryptionOption: encryption.EncryptionOption,
            kmsKeyArn: encryption.KmsKey,
          },
        },
      },
      tags: tagMap(Tags),
      arn,
    };
  },
  async update(change) {
    const { id, inputs, olds, changed } = change;
    if (changed.has("configuration") || changed.has("description") || changed.has("state")) {
      const { ResultConfiguration, ...rest } = configuration(inputs);
      await athena.send(
        new UpdateWorkGroupCommand({
          WorkGroup: id,
          Description: inputs.description ?? "",
          State: (inputs.state ?? "ENABLED") as WorkGroupState,
          ConfigurationUpdates: { ...rest, ResultConfigurationUpdates: ResultConfiguration },
        }),
      );
    }
    const ResourceARN = olds.arn as string;
    await changeTags(change, {
      untag: (TagKeys) => athena.send(new UntagResourceCommand({ ResourceARN, TagKeys })),
      tag: (tags) => athena.send(new TagResourceCommand({ ResourceARN, Tags: tagList(tags) })),
    });
  },
  async delete(id, { forceDestroy }) {
    await ifThere(
      athena.send(
        new DeleteWorkGroupCommand({ WorkGroup: id, RecursiveDeleteOption: forceDestroy }),
      ),
      "InvalidRequestException",
    );
  },
});

function configuration({ configuration: wanted = {} }: WorkgroupArgs) {
  const result = wanted.resultConfiguration;
  const encryption = result?.encryptionConfiguration;
  return {
    EnforceWorkGroupConfiguration: wanted.enforceWorkgroupConfiguration ?? true,
    PublishCloudWatchMetricsEnabled: wanted.publishCloudwatchMetricsEnabled ?? true,
    BytesScannedCutoffPerQuery: wanted.bytesScannedCutoffPerQuery,
    EngineVersion: { SelectedEngineVersion: wanted.engineVersion?.selectedEngineVersion },
    ResultConfiguration: {
      OutputLocation: result?.outputLocation,
      ExpectedBucketOwner: result?.expectedBucketOwner,
      EncryptionConfiguration: encryption && {
        EncryptionOption: encryption.encryptionOption as EncryptionOption,
        KmsKey: encryption.kmsKeyArn,
      },
    },
  };
}
