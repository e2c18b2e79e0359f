import { kmsDeletionWindow } from "../../../policy/rules/kms/kms-deletion-window";
import { kmsKeyEnabled } from "../../../policy/rules/kms/kms-key-enabled";
import { kmsNoWildcardPrincipal } from "../../../policy/rules/kms/kms-no-wildcard-principal";
import { kmsRotation } from "../../../policy/rules/kms/kms-rotation";
import { Case, UNKNOWN, resource, table } from "../graph";
import { openStatements } from "../openStatements";

const KEY = "aws:kms/key:Key";
const EXTERNAL = "aws:kms/externalKey:ExternalKey";
const REPLICA = "aws:kms/replicaKey:ReplicaKey";
const REPLICA_EXTERNAL = "aws:kms/replicaExternalKey:ReplicaExternalKey";
const ALIAS = "aws:kms/alias:Alias";
const key = (props: Record<string, unknown>, type = KEY) => resource(type, "key", props);

const rotation: readonly Case[] = [
  { when: "the key is rotated", resources: [key({ enableKeyRotation: true })] },
  {
    when: "it is not",
    resources: [key({ enableKeyRotation: false })],
    violations: [["key", /enableKeyRotation of the key key is false; true is needed/]],
  },
  {
    when: "nothing is said of it",
    resources: [key({})],
    violations: [["key", /missing; true is needed/]],
  },
  {
    when: "a symmetric key for encryption says so and is not rotated",
    resources: [key({ customerMasterKeySpec: "SYMMETRIC_DEFAULT", keyUsage: "ENCRYPT_DECRYPT" })],
    violations: [["key", /missing/]],
  },
  ...[
    { customerMasterKeySpec: "RSA_2048" },
    { keyUsage: "GENERATE_VERIFY_MAC" },
    { customKeyStoreId: "cks-1" },
    { xksKeyId: "1" },
  ].map((props): Case => ({
    when: `KMS cannot rotate a key with ${JSON.stringify(props)}`,
    resources: [key(props)],
  })),
  {
    when: "it is not known yet",
    resources: [key({ enableKeyRotation: UNKNOWN })],
    notChecked: /of key: .*enableKeyRotation/,
  },
  { when: "another type is not rotated", resources: [key({}, ALIAS)] },
];

const deletionWindow: readonly Case[] = [
  ...[7, 30].map((deletionWindowInDays): Case => ({
    when: `it is ${deletionWindowInDays} days`,
    resources: [key({ deletionWindowInDays })],
  })),
  { when: "it is AWS's default", resources: [key({})], configuration: { minimumDays: 30 } },
  ...[0, 6, 31].flatMap((deletionWindowInDays) =>
    [KEY, EXTERNAL, REPLICA, REPLICA_EXTERNAL].map((type): Case => ({
      when: `${type} has ${deletionWindowInDays} days`,
      resources: [key({ deletionWindowInDays }, type)],
      violations: [["key", new RegExp(`is ${deletionWindowInDays}; 7 to 30 is needed`)]],
    })),
  ),
  {
    when: "it is less than what is asked for",
    resources: [key({ deletionWindowInDays: 29 })],
    configuration: { minimumDays: 30 },
    violations: [["key", /is 29; 30 to 30 is needed/]],
  },
  {
    when: "it is not known yet",
    resources: [key({ deletionWindowInDays: UNKNOWN })],
    notChecked: /of key: .*deletionWindowInDays/,
  },
  { when: "another type has such a number", resources: [key({ deletionWindowInDays: 1 }, ALIAS)] },
];

const enabled: readonly Case[] = [
  { when: "nothing is said of it", resources: [key({}), key({}, REPLICA)] },
  { when: "the key is enabled", resources: [key({ isEnabled: true })] },
  { when: "a replica is enabled", resources: [key({ enabled: true }, REPLICA)] },
  {
    when: "the key is disabled",
    resources: [key({ isEnabled: false })],
    violations: [["key", /isEnabled of the key key is false; true is needed/]],
  },
  {
    when: "a replica is disabled",
    resources: [key({ enabled: false }, REPLICA)],
    violations: [["key", /enabled of the key key is false/]],
  },
  {
    when: "a key waits for material from elsewhere",
    resources: [key({ enabled: false }, EXTERNAL)],
  },
  {
    when: "it is not known yet",
    resources: [key({ isEnabled: UNKNOWN })],
    notChecked: /of key: .*isEnabled/,
  },
];

describe("rules on keys", () => {
  table(kmsRotation, rotation);
  table(kmsDeletionWindow, deletionWindow);
  table(kmsKeyEnabled, enabled);
  table(
    kmsNoWildcardPrincipal,
    openStatements([KEY, EXTERNAL, REPLICA, REPLICA_EXTERNAL, "aws:kms/keyPolicy:KeyPolicy"]),
  );
});
