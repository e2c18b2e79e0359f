import { logGroupPattern } from "../../../components/airflowEnvironment";
import { type Location, regionalArn } from "../../../components/location";
import { movielensLogPatterns } from "../../../components/movielensPipeline";
import { flowLogGroupName } from "../../../components/network";
import { topicName } from "../../../components/notices";
import type { Statement } from "../../../components/policyDocument";
import { auditLogPatterns, targetName } from "../../../components/redshiftTarget";
import { variablesPrefix } from "../../../components/variables";
import type { ProgramStack } from "../stackSettings";
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

/** Parameters of the MovieLens pipeline: one by one, for below their path may be another stack's. */
const PARAMETERS = ["S3/DemoBucket", "S3/mwaaBucket", "sfn/movielens", "glue/movielens"] as const;

/** Log groups, parameters and the topic, by their names or the beginnings of them. */
export function operations({ location, settings }: ProgramStack): Area {
  const { name } = settings.environment;
  const logGroups = [
    logGroupPattern(name),
    flowLogGroupName(name),
    ...auditLogPatterns(name),
    ...movielensLogPatterns(name, settings.movielens, settings.iam),
  ].flatMap((pattern) => {
    const arn = regionalArn(location, "logs", `log-group:${pattern}`);
    // Some actions want the ARN with a colon and a star at its end; a star at the end covers both.
    return pattern.endsWith("*") ? [arn] : [arn, `${arn}:*`];
  });
  const parameters = [
    `${variablesPrefix(name)}/*`,
    ...PARAMETERS.map((parameter) => `${settings.movielens.parametersPath}/${parameter}`),
  ].map((path) => regionalArn(location, "ssm", `parameter${path}`));
  // With the subscriptions, whose ARNs begin with the topic's.
  const topics = ["", ":*"].map((end) => regionalArn(location, "sns", `${topicName(name)}${end}`));
  return {
    read: [
      // Neither takes a resource.
      allow("ListLogsAndParameters", ["logs:DescribeLogGroups", "ssm:DescribeParameters"], "*"),
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

/** Athena, Glue, EMR and Step Functions, by the names of what the pipelines use. */
export function pipelines({ location, settings }: ProgramStack): Area {
  const { movielens, athenaDatabaseName, athenaWorkgroupName } = settings;
  const workgroup = regionalArn(location, "athena", `workgroup/${athenaWorkgroupName}`);
  const databases = [athenaDatabaseName, movielens.databaseName];
  const catalog = [
    regionalArn(location, "glue", "catalog"),
    ...databases.map((database) => regionalArn(location, "glue", `database/${database}`)),
  ];
  const job = regionalArn(location, "glue", `job/${movielens.jobName}`);
  const crawlers = [movielens.popularCrawlerName, movielens.topRatedCrawlerName].map((crawler) =>
    regionalArn(location, "glue", `crawler/${crawler}`),
  );
  const stateMachine = regionalArn(
    location,
    "states",
    `stateMachine:${movielens.stateMachineName}`,
  );
  return {
    read: [
      // Whose the names are that this stack wants. The action takes no resource.
      allow("FindOwners", ["tag:GetResources"], "*"),
      allow("ReadWorkgroup", ["athena:GetWorkGroup", "athena:ListTagsForResource"], workgroup),
      allow("ReadDatabases", ["glue:GetDatabase", "glue:GetTags"], catalog),
      allow("ReadJob", ["glue:GetJob", "glue:GetTags"], job),
      allow("ReadCrawlers", ["glue:GetCrawler", "glue:GetTags"], crawlers),
      allow(
        "ReadStateMachine",
        [
          "states:DescribeStateMachine",
          "states:ListStateMachineVersions",
          "states:ListTagsForResource",
        ],
        stateMachine,
      ),
      allow(
        "ReadConfigurations",
        [
          "elasticmapreduce:DescribeSecurityConfiguration",
          "glue:GetSecurityConfiguration",
          "states:ValidateStateMachineDefinition",
        ],
        // None of these takes a resource.
        "*",
      ),
    ],
    write: [
      allow(
        "ChangeWorkgroup",
        [
          "athena:CreateWorkGroup",
          "athena:DeleteWorkGroup",
          "athena:TagResource",
          "athena:UntagResource",
          "athena:UpdateWorkGroup",
        ],
        workgroup,
      ),
      allow(
        "ChangeDatabases",
        [
          "glue:CreateDatabase",
          "glue:DeleteDatabase",
          "glue:TagResource",
          "glue:UntagResource",
          "glue:UpdateDatabase",
        ],
        [
          ...catalog,
          // A database takes its tables with it.
          ...databases.flatMap((database) => [
            regionalArn(location, "glue", `table/${database}/*`),
            regionalArn(location, "glue", `userDefinedFunction/${database}/*`),
          ]),
        ],
      ),
      allow(
        "ChangeJob",
        [
          "glue:CreateJob",
          "glue:DeleteJob",
          "glue:TagResource",
          "glue:UntagResource",
          "glue:UpdateJob",
        ],
        job,
      ),
      allow(
        "ChangeCrawlers",
        [
          "glue:DeleteCrawler",
          "glue:StopCrawler",
          "glue:TagResource",
          "glue:UntagResource",
          "glue:UpdateCrawler",
        ],
        crawlers,
      ),
      allow(
        "ChangeStateMachine",
        [
          "states:CreateStateMachine",
          "states:DeleteStateMachine",
          "states:TagResource",
          "states:UntagResource",
          "states:UpdateStateMachine",
        ],
        stateMachine,
      ),
      allow(
        "ChangeConfigurations",
        [
          "elasticmapreduce:CreateSecurityConfiguration",
          "elasticmapreduce:DeleteSecurityConfiguration",
          "glue:CreateCrawler",
          "glue:CreateSecurityConfiguration",
          "glue:DeleteSecurityConfiguration",
        ],
        // None of these takes a resource.
        "*",
      ),
    ],
  };
}

/** The data warehouse of the stack's kind. */
export function warehouse(program: ProgramStack): Area {
  const { location, settings } = program;
  switch (settings.redshift.kind) {
    case "serverless":
      return serverless(location);
    case "provisioned":
      return provisioned(location, targetName(settings.environment.name));
    case "existing":
      return existing(location, settings.redshift);
  }
}

function serverless(location: Location): Area {
  // Their ARNs end in an id that AWS gives, and their actions go by no tag: any of the account's in the region.
  const all = ["namespace", "workgroup"].map((type) =>
    regionalArn(location, "redshift-serverless", `${type}/*`),
  );
  return {
    read: [
      allow(
        "ReadWarehouse",
        [
          "redshift-serverless:GetNamespace",
          "redshift-serverless:GetWorkgroup",
          "redshift-serverless:ListTagsForResource",
        ],
        all,
      ),
    ],
    write: [
      allow(
        "ChangeWarehouse",
        [
          "redshift-serverless:CreateNamespace",
          "redshift-serverless:CreateWorkgroup",
          "redshift-serverless:DeleteNamespace",
          "redshift-serverless:DeleteWorkgroup",
          "redshift-serverless:TagResource",
          "redshift-serverless:UntagResource",
          "redshift-serverless:UpdateNamespace",
          "redshift-serverless:UpdateWorkgroup",
        ],
        all,
      ),
      adminPassword(location),
    ],
  };
}

function provisioned(location: Location, name: string): Area {
  const arn = (type: string) => regionalArn(location, "redshift", `${type}:${name}`);
  const own = ["cluster", "parametergroup", "subnetgroup"].map(arn);
  return {
    read: [
      allow(
        "ListWarehouses",
        ["redshift:DescribeClusterParameterGroups", "redshift:DescribeClusterSubnetGroups"],
        // Neither takes a resource.
        "*",
      ),
      allow(
        "ReadWarehouse",
        [
          "redshift:DescribeClusterParameters",
          "redshift:DescribeClusters",
          "redshift:DescribeLoggingStatus",
          "redshift:DescribeTags",
        ],
        own,
      ),
    ],
    write: [
      allow(
        "ChangeWarehouse",
        [
          "redshift:CreateCluster",
          "redshift:CreateClusterParameterGroup",
          "redshift:CreateClusterSubnetGroup",
          "redshift:CreateTags",
          "redshift:DeleteCluster",
          "redshift:DeleteClusterParameterGroup",
          "redshift:DeleteClusterSubnetGroup",
          "redshift:DeleteTags",
          "redshift:DisableLogging",
          "redshift:EnableLogging",
          "redshift:ModifyCluster",
          "redshift:ModifyClusterIamRoles",
          "redshift:ModifyClusterParameterGroup",
          "redshift:ModifyClusterSubnetGroup",
        ],
        own,
      ),
      // A cluster that is kept leaves a last snapshot.
      allow(
        "KeepSnapshot",
        ["redshift:CreateClusterSnapshot"],
        regionalArn(location, "redshift", `snapshot:${name}/*`),
      ),
      adminPassword(location),
    ],
  };
}

function existing(
  location: Location,
  target: { readonly workgroupName: string } | { readonly clusterIdentifier: string },
): Area {
  const read =
    "workgroupName" in target
      ? allow(
          "FindWarehouse",
          ["redshift-serverless:GetWorkgroup"],
          regionalArn(location, "redshift-serverless", "workgroup/*"),
        )
      : allow(
          "FindWarehouse",
          ["redshift:DescribeClusters"],
          regionalArn(location, "redshift", `cluster:${target.clusterIdentifier}`),
        );
  return { read: [read], write: [] };
}

/**
 * The administrator's password, which Redshift makes and keeps as a secret, as the caller.
 *
 * Source: https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-secrets-manager-integration.html
 */
function adminPassword(location: Location): Statement {
  return allow(
    "LetRedshiftKeepItsPassword",
    [
      "secretsmanager:CreateSecret",
      "secretsmanager:DeleteSecret",
      "secretsmanager:DescribeSecret",
      "secretsmanager:RotateSecret",
      "secretsmanager:TagResource",
      "secretsmanager:UpdateSecret",
    ],
    regionalArn(location, "secretsmanager", "secret:redshift!*"),
  );
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
