import { regionalArn } from "../../../components/location";
import { topicName } from "../../../components/notices";
import { logGroupsOf } from "../../../components/stackContext";
import { connectionsPrefix } from "../../../components/connections";
import { variablesPrefix } from "../../../components/variables";
import { type ProgramStack, pipelinesOf } from "../stackSettings";
import { type Area, allow, stackTags } from "./area";

/** The environment, by its name. */
export function airflow({ location, settings }: ProgramStack): Area {
  const environment = regionalArn(location, "airflow", `environment/${settings.environment.name}`);
  return {
    read: [
      allow(
        "ReadEnvironment",
        ["airflow:GetEnvironment", "airflow:ListTagsForResource"],
        environment,
      ),
    ],
    write: [
      allow(
        "ChangeEnvironment",
        [
          "airflow:CreateEnvironment",
          "airflow:DeleteEnvironment",
          "airflow:TagResource",
          "airflow:UntagResource",
          "airflow:UpdateEnvironment",
        ],
        environment,
      ),
    ],
  };
}

/** Log groups, parameters and the topic, by their names or the beginnings of them. */
export function operations(program: ProgramStack): Area {
  const { location, settings } = program;
  const { name } = settings.environment;
  const pipelines = pipelinesOf(program);
  const logGroups = logGroupsOf({ environmentName: name }, pipelines, settings).flatMap(
    (pattern) => {
      const arn = regionalArn(location, "logs", `log-group:${pattern}`);
      // Some actions want the ARN with a colon and a star at its end; a star at the end covers both.
      return pattern.endsWith("*") ? [arn] : [arn, `${arn}:*`];
    },
  );
  // Those of pipelines one by one, for below their path may be another stack's.
  const parameters = [
    `${variablesPrefix(name)}/*`,
    `${settings.environment.secretsBackend.connectionsPrefix ?? connectionsPrefix(name)}/*`,
    ...pipelines.flatMap(({ plan }) => plan.owned?.parameters ?? []),
  ].map((path) => regionalArn(location, "ssm", `parameter${path}`));
  // With the subscriptions, whose ARNs begin with the topic's.
  const topics = ["", ":*"].map((end) => regionalArn(location, "sns", `${topicName(name)}${end}`));
  return {
    read: [
      // Neither takes a resource.
      allow("ListLogsAndParameters", ["logs:DescribeLogGroups", "ssm:DescribeParameters"], "*"),
      // Whose the names are that this stack wants. It takes no resource either.
      allow("FindOwners", ["tag:GetResources"], "*"),
      allow("ReadLogGroups", ["logs:ListTagsForResource"], logGroups),
      allow(
        "ReadParameters",
        ["ssm:GetParameter", "ssm:GetParameters", "ssm:ListTagsForResource"],
        parameters,
      ),
      allow(
        "ReadTopic",
        ["sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListTagsForResource"],
        topics,
      ),
    ],
    write: [
      allow(
        "ChangeLogGroups",
        [
          "logs:AssociateKmsKey",
          "logs:CreateLogGroup",
          "logs:DeleteLogGroup",
          "logs:DeleteRetentionPolicy",
          "logs:DisassociateKmsKey",
          "logs:PutRetentionPolicy",
          "logs:TagResource",
          "logs:UntagResource",
        ],
        logGroups,
      ),
      allow(
        "ChangeParameters",
        [
          "ssm:AddTagsToResource",
          "ssm:DeleteParameter",
          "ssm:PutParameter",
          "ssm:RemoveTagsFromResource",
        ],
        parameters,
      ),
      allow(
        "ChangeTopic",
        [
          "sns:CreateTopic",
          "sns:DeleteTopic",
          "sns:SetTopicAttributes",
          "sns:Subscribe",
          "sns:TagResource",
          "sns:Unsubscribe",
          "sns:UntagResource",
        ],
        topics,
      ),
    ],
  };
}

/** What a service does with the key as the caller, when it begins to use it. */
const USE_KEY = [
  "kms:CreateGrant",
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:ListGrants",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
  "kms:RevokeGrant",
] as const;

/**
 * The key of the stack: made with its tags, and known by them.
 *
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/access-policies.html
 */
export function encryption(program: ProgramStack): Area {
  const { location, settings } = program;
  switch (settings.encryption.kind) {
    case "aws":
      return { read: [], write: [] };
    case "existing":
      return {
        // A preview reads objects' metadata, which S3 answers without the key.
        read: [],
        write: [allow("UseKey", USE_KEY, settings.encryption.keyArn)],
      };
    case "own": {
      const keys = regionalArn(location, "kms", "key/*");
      const alias = regionalArn(location, "kms", `alias/${settings.environment.name}`);
      const own = { StringEquals: stackTags(program, "aws:ResourceTag") };
      // The provider and the services use the key from the moment that it exists, while KMS may take
      // five minutes to let its tags count. So a key whose tags do not count yet is allowed, and one
      // with the tags of another stack is not.
      // https://docs.aws.amazon.com/kms/latest/developerguide/abac.html
      const ownOrNew = { StringEqualsIfExists: stackTags(program, "aws:ResourceTag") };
      return {
        read: [
          // It takes no resource.
          allow("FindAlias", ["kms:ListAliases"], "*"),
          allow(
            "ReadKey",
            [
              "kms:DescribeKey",
              "kms:GetKeyPolicy",
              "kms:GetKeyRotationStatus",
              "kms:ListResourceTags",
            ],
            keys,
            ownOrNew,
          ),
        ],
        write: [
          // It takes no resource either, so that the tags say what it is for.
          allow("MakeKey", ["kms:CreateKey"], "*", {
            StringEquals: stackTags(program, "aws:RequestTag"),
          }),
          // Of a key that is being made, and has no tag yet; nobody else's becomes the stack's by this.
          allow("TagKey", ["kms:TagResource"], keys, {
            StringEquals: stackTags(program, "aws:RequestTag"),
            Null: { "aws:ResourceTag/Stack": "true" },
          }),
          allow("FinishKey", ["kms:CreateAlias", "kms:EnableKeyRotation"], keys, ownOrNew),
          allow(
            "ChangeKey",
            [
              "kms:DeleteAlias",
              "kms:DisableKeyRotation",
              "kms:PutKeyPolicy",
              "kms:ScheduleKeyDeletion",
              "kms:TagResource",
              "kms:UntagResource",
              "kms:UpdateAlias",
              "kms:UpdateKeyDescription",
            ],
            keys,
            own,
          ),
          allow("UseKey", USE_KEY, keys, ownOrNew),
          allow("NameKey", ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"], alias),
        ],
      };
    }
  }
}
