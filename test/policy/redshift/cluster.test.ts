import { PolicyResource } from "@pulumi/policy";

import { StackRule } from "../../../policy/rule";
import { redshiftEncrypted } from "../../../policy/rules/redshift/redshift-encrypted";
import { redshiftEnhancedVpcRouting } from "../../../policy/rules/redshift/redshift-enhanced-vpc-routing";
import { redshiftInVpc } from "../../../policy/rules/redshift/redshift-in-vpc";
import { redshiftLogging } from "../../../policy/rules/redshift/redshift-logging";
import { redshiftManagedPassword } from "../../../policy/rules/redshift/redshift-managed-password";
import { redshiftNotDefaultName } from "../../../policy/rules/redshift/redshift-not-default-name";
import { redshiftNotPublic } from "../../../policy/rules/redshift/redshift-not-public";
import { redshiftOwnKey } from "../../../policy/rules/redshift/redshift-own-key";
import { redshiftRequireSsl } from "../../../policy/rules/redshift/redshift-require-ssl";
import { redshiftSnapshots } from "../../../policy/rules/redshift/redshift-snapshots";
import { redshiftUserActivityLogging } from "../../../policy/rules/redshift/redshift-user-activity-logging";
import { redshiftVersionUpgrade } from "../../../policy/rules/redshift/redshift-version-upgrade";
import { Case, UNKNOWN, resource, table } from "../graph";
import { variants } from "../variants";

const CLUSTER = "aws:redshift/cluster:Cluster";
const LOGGING = "aws:redshift/logging:Logging";
const PARAMETERS = "aws:redshift/parameterGroup:ParameterGroup";
const LOGS = ["connectionlog", "useractivitylog", "userlog"];

table(
  redshiftEncrypted,
  variants(
    CLUSTER,
    { encrypted: "true" },
    {
      passes: {
        "it is a truth value": { encrypted: true },
        "nothing is said": { encrypted: undefined },
      },
      refuses: {
        "it is off": [{ encrypted: "false" }, /is false; "true" is needed/],
        "it is off by a truth value": [{ encrypted: false }, /is false; "true" is needed/],
      },
      undecided: { "it is not known": [{ encrypted: UNKNOWN }, /encrypted/] },
    },
  ),
);

table(
  redshiftOwnKey,
  variants(
    CLUSTER,
    { kmsKeyId: "arn:aws:kms:us-east-1:123456789012:key/1" },
    {
      passes: { "the key is not known yet": { kmsKeyId: UNKNOWN } },
      refuses: { "there is no key": [{ kmsKeyId: undefined }, /kmsKeyId.*missing/] },
    },
  ),
);

table(
  redshiftNotPublic,
  variants(
    CLUSTER,
    { publiclyAccessible: false },
    {
      passes: { "nothing is said": { publiclyAccessible: undefined } },
      refuses: {
        "it is public": [{ publiclyAccessible: true }, /publiclyAccessible.*true; false/],
      },
      undecided: { "it is not known": [{ publiclyAccessible: UNKNOWN }, /publiclyAccessible/] },
    },
  ),
);

table(
  redshiftInVpc,
  variants(
    CLUSTER,
    { clusterSubnetGroupName: "isolated" },
    {
      passes: { "the group is not known yet": { clusterSubnetGroupName: UNKNOWN } },
      refuses: {
        "there is no group": [
          { clusterSubnetGroupName: undefined },
          /clusterSubnetGroupName.*missing/,
        ],
      },
    },
  ),
);

table(
  redshiftSnapshots,
  variants(
    CLUSTER,
    { automatedSnapshotRetentionPeriod: 7 },
    {
      refuses: {
        "they are kept too short": [
          { automatedSnapshotRetentionPeriod: 6 },
          /for 6 days.*at least 7/,
        ],
        "there are none": [{ automatedSnapshotRetentionPeriod: 0 }, /for 0 days/],
        "nothing is said": [{ automatedSnapshotRetentionPeriod: undefined }, /for 1 days/],
      },
      undecided: {
        "it is not known": [
          { automatedSnapshotRetentionPeriod: UNKNOWN },
          /automatedSnapshotRetentionPeriod/,
        ],
      },
      configured: {
        "the stack wants fewer": [{ automatedSnapshotRetentionPeriod: 1 }, { days: 1 }, undefined],
        "the stack wants more": [{}, { days: 35 }, /for 7 days.*at least 35/],
      },
    },
  ),
);

table(
  redshiftVersionUpgrade,
  variants(
    CLUSTER,
    { allowVersionUpgrade: true },
    {
      passes: { "nothing is said": { allowVersionUpgrade: undefined } },
      refuses: { "it is off": [{ allowVersionUpgrade: false }, /is false; true is needed/] },
      undecided: { "it is not known": [{ allowVersionUpgrade: UNKNOWN }, /allowVersionUpgrade/] },
    },
  ),
);

table(
  redshiftEnhancedVpcRouting,
  variants(
    CLUSTER,
    { enhancedVpcRouting: true },
    {
      refuses: {
        "it is off": [{ enhancedVpcRouting: false }, /is false; true is needed/],
        "nothing is said": [{ enhancedVpcRouting: undefined }, /is missing; true is needed/],
      },
      undecided: { "it is not known": [{ enhancedVpcRouting: UNKNOWN }, /enhancedVpcRouting/] },
    },
  ),
);

table(
  redshiftNotDefaultName,
  variants(
    CLUSTER,
    { masterUsername: "loader", databaseName: "movies" },
    {
      passes: { "a snapshot has the user": { masterUsername: undefined } },
      refuses: {
        "the user is the default": [{ masterUsername: "awsuser" }, /"awsuser", the default/],
        "the database is the default": [{ databaseName: "dev" }, /"dev", the default/],
        "no database is named": [{ databaseName: undefined }, /"dev", the default/],
        "both are the default": [
          { masterUsername: "awsuser", databaseName: "dev" },
          [/"awsuser"/, /"dev"/],
        ],
      },
      undecided: { "the user is not known": [{ masterUsername: UNKNOWN }, /masterUsername/] },
    },
  ),
);

table(
  redshiftManagedPassword,
  variants(
    CLUSTER,
    { manageMasterPassword: true },
    {
      refuses: {
        "it is not managed": [{ manageMasterPassword: false }, /is false; true is needed/],
        "nothing is said": [{ manageMasterPassword: undefined }, /is missing; true is needed/],
        "a password is given": [
          { manageMasterPassword: undefined, masterPassword: "Secret123" },
          [/given masterPassword;/, /is missing/],
        ],
        "a password is given write-only": [{ masterPasswordWo: UNKNOWN }, /masterPasswordWo/],
      },
      undecided: { "it is not known": [{ manageMasterPassword: UNKNOWN }, /manageMasterPassword/] },
    },
  ),
);

const cluster = resource(CLUSTER, "cluster", { clusterIdentifier: "loads" });
const other = resource(CLUSTER, "other", { clusterIdentifier: "other" });
const logging = (props: Record<string, unknown>, of: PolicyResource = cluster) =>
  resource(
    LOGGING,
    `logs-of-${of.name}`,
    { clusterIdentifier: UNKNOWN, logDestinationType: "cloudwatch", logExports: LOGS, ...props },
    { clusterIdentifier: [of] },
  );

table(redshiftLogging, [
  { when: "all go to CloudWatch (first preview)", resources: [cluster, logging({})] },
  {
    when: "all go to CloudWatch (name known)",
    resources: [cluster, logging({ clusterIdentifier: "loads" })],
  },
  {
    when: "they go to a bucket",
    resources: [
      cluster,
      logging({ logDestinationType: "s3", bucketName: "logs", logExports: undefined }),
    ],
  },
  {
    when: "the cluster says so itself, as it did up to version 6 of the provider",
    resources: [resource(CLUSTER, "old", { clusterIdentifier: "old", logging: { enable: true } })],
  },
  {
    when: "there is no logging resource",
    resources: [cluster],
    violations: [["cluster", /no aws\.redshift\.Logging/]],
  },
  {
    when: "the logging is another cluster's",
    resources: [cluster, other, logging({}, other)],
    violations: [["cluster", /no aws\.redshift\.Logging/]],
  },
  {
    when: "one log is left out",
    resources: [cluster, logging({ logExports: ["userlog", "connectionlog"] })],
    violations: [["logs-of-cluster", /lacks useractivitylog;/]],
  },
  {
    when: "the logs are not known",
    resources: [cluster, logging({ logExports: UNKNOWN })],
    notChecked: /logExports/,
  },
  {
    when: "it is not known whose the logging is",
    resources: [cluster, resource(LOGGING, "some", { clusterIdentifier: UNKNOWN })],
    notChecked: /whether some is for the cluster cluster/,
  },
  { when: "a resource has another type", resources: [logging({})] },
]);

/** The table of a rule that wants a parameter on. */
function parameterCases(name: string): Case[] {
  const group = (value: unknown, props: Record<string, unknown> = {}) =>
    resource(PARAMETERS, "group", {
      name: "tuned",
      parameters: [
        { name: "query_group", value: "x" },
        ...(value === undefined ? [] : [{ name, value }]),
      ],
      ...props,
    });
  const planned = (of: PolicyResource) =>
    resource(
      CLUSTER,
      "cluster",
      { clusterParameterGroupName: UNKNOWN },
      { clusterParameterGroupName: [of] },
    );
  const deployed = (groupName: unknown) =>
    resource(CLUSTER, "cluster", { clusterParameterGroupName: groupName });
  const [on, off, silent] = [group("true"), group("false"), group(undefined)];
  return [
    { when: "it is on (first preview)", resources: [on, planned(on)] },
    { when: "it is on (name known)", resources: [on, deployed("tuned")] },
    {
      when: "it is off",
      resources: [off, planned(off)],
      violations: [["group", /"false"; the cluster/]],
    },
    {
      when: "the group does not set it",
      resources: [silent, deployed("tuned")],
      violations: [["group", /"missing"; the cluster/]],
    },
    {
      when: "the cluster names no group",
      resources: [deployed(undefined)],
      violations: [["cluster", /no parameter group/]],
    },
    {
      when: "the provider will compute the default group",
      resources: [deployed(UNKNOWN)],
      violations: [["cluster", /no parameter group/]],
    },
    {
      when: "the group is the default one",
      resources: [on, deployed("default.redshift-1.0")],
      violations: [["cluster", /default\.redshift-1\.0, whose parameters cannot be set/]],
    },
    {
      when: "the group is none of the stack",
      resources: [on, deployed("elsewhere")],
      notSeen: /elsewhere of cluster is none of this stack/,
    },
    {
      when: "its value is not known",
      resources: [group(UNKNOWN), deployed("tuned")],
      notChecked: /value/,
    },
    {
      when: "no cluster of the stack has the group",
      resources: [off],
      violations: [["group", new RegExp(`group has ${name} "false"; "true" is needed`)]],
    },
    { when: "a group that no cluster of the stack has is right", resources: [group("true")] },
  ];
}

const parameters: readonly (readonly [StackRule, string])[] = [
  [redshiftRequireSsl, "require_ssl"],
  [redshiftUserActivityLogging, "enable_user_activity_logging"],
];
for (const [rule, name] of parameters) {
  table(rule, parameterCases(name));
}
