import { logsEncryption } from "../../../policy/rules/logs/logs-encryption";
import { logsRetention } from "../../../policy/rules/logs/logs-retention";
import { Case, UNKNOWN, resource, table } from "../graph";

const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
const group = (props: Record<string, unknown>, type = LOG_GROUP) => resource(type, "logs", props);

const retention: readonly Case[] = [
  { when: "events are kept for a day", resources: [group({ retentionInDays: 1 })] },
  {
    when: "events are kept for ever",
    resources: [group({ retentionInDays: 0 })],
    violations: [["logs", /is 0, which is for ever; 1 or more is needed/]],
  },
  {
    when: "the number is missing",
    resources: [group({})],
    violations: [["logs", /missing; 1 or more/]],
  },
  {
    when: "the number is null",
    resources: [group({ retentionInDays: null })],
    violations: [["logs", /missing/]],
  },
  {
    when: "the number is less than what is asked for",
    resources: [group({ retentionInDays: 180 })],
    configuration: { minimumDays: 365 },
    violations: [["logs", /is 180; 365 or more/]],
  },
  {
    when: "the number is missing and more is asked for",
    resources: [group({})],
    configuration: { minimumDays: 365 },
    violations: [["logs", /missing; 365 or more/]],
  },
  {
    when: "the number is what is asked for",
    resources: [group({ retentionInDays: 365 })],
    configuration: { minimumDays: 365 },
  },
  {
    when: "the class of the group has a number of its own",
    resources: [group({ logGroupClass: "DELIVERY" })],
  },
  {
    when: "the class of the group has none",
    resources: [group({ logGroupClass: "INFREQUENT_ACCESS" })],
    violations: [["logs", /missing/]],
  },
  {
    when: "the number is not known yet",
    resources: [group({ retentionInDays: UNKNOWN })],
    notChecked: /of logs: .*retentionInDays/,
  },
  {
    when: "another type has no number",
    resources: [group({}, "aws:cloudwatch/logStream:LogStream")],
  },
];

const encryption: readonly Case[] = [
  {
    when: "there is a key",
    resources: [group({ kmsKeyId: "arn:aws:kms:us-east-1:123456789012:key/1" })],
  },
  {
    when: "the key is missing",
    resources: [group({})],
    violations: [["logs", /kmsKeyId of the log group logs is missing/]],
  },
  ...["", null].map((kmsKeyId): Case => ({
    when: `the key is ${JSON.stringify(kmsKeyId)}`,
    resources: [group({ kmsKeyId })],
    violations: [["logs", /missing/]],
  })),
  {
    when: "the key is one that is not known yet",
    resources: [group({ kmsKeyId: UNKNOWN })],
  },
  {
    when: "another type has no key",
    resources: [group({}, "aws:cloudwatch/logStream:LogStream")],
  },
];

describe("rules on log groups", () => {
  table(logsRetention, retention);
  table(logsEncryption, encryption);
});
