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

import { all, arn, length, oneOf, pattern } from "../checks";
import { callerAccount } from "../functions";
import { equivalent } from "../lifecycle";
import { Change, Plain, Properties, ifFound, row } from "../row";
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
  autoName: { input: "name" },
  idOf: ({ name }) => name,
  checks: {
    "configuration.bytesScannedCutoffPerQuery": (value) =>
      value === 0 || Number(value) >= LEAST_CUTOFF
        ? undefined
        : `must be 0 or at least ${LEAST_CUTOFF}`,
    "configuration.resultConfiguration.encryptionConfiguration.encryptionOption": oneOf(
      "SSE_S3",
      "SSE_KMS",
      "CSE_KMS",
    ),
    "configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn": arn,
    description: length(0, 1024),
    name: all(length(1, 128), pattern(/^[a-zA-Z0-9._-]+$/)),
    state: oneOf("ENABLED", "DISABLED"),
  },
  source: {
    file: "internal/service/athena/workgroup.go",
    differences: [
      "a workgroup without `configuration` is sent the provider's defaults of one, which are Athena's",
      "a workgroup that is gone already is no error at the deletion: a run that was killed may have deleted it",
    ],
  },
  async create(inputs, made) {
    const id = inputs.name as string;
    await athena.send(
      new CreateWorkGroupCommand({
        Name: id,
        Description: inputs.description,
        Configuration: configuration(inputs),
        Tags: tagList(inputs.tags),
      }),
    );
    made(id);
    // A new workgroup is enabled: https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateWorkGroup.html
    if (inputs.state === "DISABLED") {
      await athena.send(new UpdateWorkGroupCommand({ WorkGroup: id, State: "DISABLED" }));
    }
    return { id, outputs: { arn: arnOf(id, await callerAccount()) } };
  },
  read: readWorkgroup,
  update: updateWorkgroup,
  async delete(id, { forceDestroy }) {
    await ifFound(
      athena.send(
        new DeleteWorkGroupCommand({ WorkGroup: id, RecursiveDeleteOption: forceDestroy }),
      ),
      "InvalidRequestException",
      NOT_THERE,
    );
  },
});

/** Athena's words for a workgroup that is not there: the same error tells of other things as well. */
const NOT_THERE = "is not found";

async function updateWorkgroup(change: Change<WorkgroupArgs>): Promise<void> {
  const { id, inputs, olds, changed } = change;
  if (changed.has("configuration") || changed.has("description") || changed.has("state")) {
    await athena.send(
      new UpdateWorkGroupCommand({
        WorkGroup: id,
        Description: changed.has("description") ? (inputs.description ?? "") : undefined,
        State: changed.has("state") ? ((inputs.state ?? "ENABLED") as WorkGroupState) : undefined,
        ConfigurationUpdates: changed.has("configuration")
          ? configurationUpdates(inputs, olds.configuration)
          : undefined,
      }),
    );
  }
  const ResourceARN = olds.arn as string;
  await changeTags(change, {
    untag: (TagKeys) => athena.send(new UntagResourceCommand({ ResourceARN, TagKeys })),
    tag: (tags) => athena.send(new TagResourceCommand({ ResourceARN, Tags: tagList(tags) })),
  });
}

async function readWorkgroup(id: string): Promise<Properties | undefined> {
  const found = await ifFound(
    athena.send(new GetWorkGroupCommand({ WorkGroup: id })),
    "InvalidRequestException",
    NOT_THERE,
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
}

const LEAST_CUTOFF = 10_485_760;

type Configuration = NonNullable<WorkgroupArgs["configuration"]>;

/** What is left out is taken away; where results go is sent where it changed. */
function configurationUpdates(inputs: WorkgroupArgs, old: Configuration | undefined) {
  const { ResultConfiguration, ...rest } = configuration(inputs);
  const [before, after] = [old?.resultConfiguration, inputs.configuration?.resultConfiguration];
  return {
    ...rest,
    RemoveBytesScannedCutoffPerQuery:
      rest.BytesScannedCutoffPerQuery === undefined ? true : undefined,
    ResultConfigurationUpdates: equivalent(before, after)
      ? undefined
      : {
          ...ResultConfiguration,
          RemoveOutputLocation: after?.outputLocation === undefined ? true : undefined,
          RemoveExpectedBucketOwner: after?.expectedBucketOwner === undefined ? true : undefined,
          RemoveEncryptionConfiguration:
            before?.encryptionConfiguration !== undefined &&
            after?.encryptionConfiguration === undefined
              ? true
              : undefined,
        },
  };
}

function configuration({ configuration: wanted = {} }: WorkgroupArgs) {
  const result = wanted.resultConfiguration;
  const encryption = result?.encryptionConfiguration;
  return {
    EnforceWorkGroupConfiguration: wanted.enforceWorkgroupConfiguration ?? true,
    PublishCloudWatchMetricsEnabled: wanted.publishCloudwatchMetricsEnabled ?? true,
    BytesScannedCutoffPerQuery: wanted.bytesScannedCutoffPerQuery,
    EngineVersion: wanted.engineVersion && {
      SelectedEngineVersion: wanted.engineVersion.selectedEngineVersion,
    },
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
