import { s3BucketNaming } from "../../../policy/rules/s3/s3-bucket-naming";
import { s3NoDotsInName } from "../../../policy/rules/s3/s3-no-dots-in-name";
import { Case, UNKNOWN, resource, table } from "../graph";

const BUCKET = "aws:s3/bucket:Bucket";
const BUCKET_V2 = "aws:s3/bucketV2:BucketV2";
const QUEUE = "aws:sqs/queue:Queue";

const bucket = (props: Record<string, unknown>, type = BUCKET) => resource(type, "b", props);

const good: readonly string[] = [
  "abc",
  "a".repeat(63),
  "airflow-dev.data-1",
  "1.2.3.4.5",
  "1.2.3.a",
  "amzn-s3",
];

/** Each name that S3 refuses, and what the message says of it. */
const bad: readonly (readonly [string, RegExp])[] = [
  ["", /has 0 characters; 3 to 63/],
  ["ab", /has 2 characters/],
  ["a".repeat(64), /has 64 characters/],
  ["Airflow-dev", /capitals.*"airflow-dev"/],
  ["airflow-Dev", /capitals/],
  ["airflow_dev", /contains "_"/],
  ["airflow dev/x", /contains " ", "\/"/],
  ["-airflow", /begins with "-"/],
  [".airflow", /begins with "\."/],
  ["airflow-", /ends with "-"/],
  ["airflow.", /ends with "\."/],
  ["airflow..dev", /two dots/],
  ["192.168.5.4", /IP address/],
  ["xn--airflow", /begins with "xn--"/],
  ["sthree-airflow", /begins with "sthree-"/],
  ["amzn-s3-demo-airflow", /begins with "amzn-s3-demo-"/],
  ["airflow-s3alias", /ends in "-s3alias"/],
  ["airflow--ol-s3", /ends in "--ol-s3"/],
  ["airflow.mrap", /ends in "\.mrap"/],
  ["airflow--x-s3", /ends in "--x-s3"/],
  ["airflow--table-s3", /ends in "--table-s3"/],
  ["airflow-dev-an", /ends in "-an".*account-regional/],
];

const naming: readonly Case[] = [
  ...good.map((name) => ({ when: `the name is "${name}"`, resources: [bucket({ bucket: name })] })),
  ...bad.map(([name, message]) => ({
    when: `the name is "${name}"`,
    resources: [bucket({ bucket: name })],
    violations: [["b", message]] as const,
  })),
  {
    when: "a BucketV2 has capitals",
    resources: [bucket({ bucket: "Airflow" }, BUCKET_V2)],
    violations: [["b", /capitals/]],
  },
  { when: "there is neither name nor prefix", resources: [bucket({})] },
  { when: "there is a prefix", resources: [bucket({ bucketPrefix: "airflow-" })] },
  { when: "a prefix just fits", resources: [bucket({ bucketPrefix: "a".repeat(37) })] },
  {
    when: "a prefix leaves no room",
    resources: [bucket({ bucketPrefix: "a".repeat(38) })],
    violations: [["b", /bucketPrefix.*38 characters; at most 37/]],
  },
  {
    when: "a prefix has capitals",
    resources: [bucket({ bucketPrefix: "Airflow-" })],
    violations: [["b", /bucketPrefix "Airflow-" has capitals/]],
  },
  {
    when: "a prefix begins as S3's own",
    resources: [bucket({ bucketPrefix: "sthree-" })],
    violations: [["b", /begins with "sthree-"/]],
  },
  {
    when: "a name of the account's namespace ends in -an",
    resources: [
      bucket({ bucket: "data-123456789012-us-east-1-an", bucketNamespace: "account-regional" }),
    ],
  },
  {
    when: "a name of the account's namespace does not",
    resources: [bucket({ bucket: "data-dev", bucketNamespace: "account-regional" })],
    violations: [["b", /own namespace.*"-an"/]],
  },
  {
    when: "the name is not known yet",
    resources: [bucket({ bucket: UNKNOWN })],
    notChecked: /of b: .*bucket/,
  },
  { when: "another type has such a name", resources: [bucket({ bucket: "A" }, QUEUE)] },
];

const dots: readonly Case[] = [
  { when: "there is no dot", resources: [bucket({ bucket: "airflow-dev" })] },
  { when: "there is no name", resources: [bucket({})] },
  {
    when: "the name has a dot",
    resources: [bucket({ bucket: "airflow.dev" })],
    violations: [["b", /bucket "airflow\.dev".*"airflow-dev"/]],
  },
  {
    when: "the prefix of a BucketV2 has one",
    resources: [bucket({ bucketPrefix: "airflow." }, BUCKET_V2)],
    violations: [["b", /bucketPrefix "airflow\."/]],
  },
  {
    when: "the name is not known yet",
    resources: [bucket({ bucket: UNKNOWN })],
    notChecked: /of b: .*bucket/,
  },
  { when: "another type has a dot", resources: [bucket({ bucket: "a.b" }, QUEUE)] },
];

describe("rules on names of buckets", () => {
  table(s3BucketNaming, naming);
  table(s3NoDotsInName, dots);
});
