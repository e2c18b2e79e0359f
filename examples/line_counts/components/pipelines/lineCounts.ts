import { bucketArn } from "../location";
import { definePipeline } from "../pipeline";

const PREFIXES = {
  /** Text files, put there by whoever has some. */
  input: { prefix: "line-counts-input/", tasks: "read" },
  /** A report for each run. */
  reports: { prefix: "line-counts-reports/", tasks: "write" },
} as const;

/** `line_counts`: how many lines each object of a prefix has. The smallest pipeline: S3 alone, without a setting. */
export const lineCounts = definePipeline({
  name: "line-counts",
  services: ["data"],
  files: { dags: ["line_counts.py"] },
  settings: {},
  plan: () => ({
    dags: [
      {
        id: "line_counts",
        results: [
          { kind: "file", title: "report", prefix: PREFIXES.reports.prefix, suffix: ".json" },
        ],
      },
    ],
    prefixes: PREFIXES,
  }),
  build: ({ location, dataBucketName }) => ({
    components: [],
    statements: [
      {
        Sid: "ListInput",
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: bucketArn(location, dataBucketName),
        Condition: { StringEquals: { "s3:prefix": PREFIXES.input.prefix } },
      },
      {
        Sid: "ReadInput",
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: bucketArn(location, dataBucketName, `${PREFIXES.input.prefix}*`),
      },
      {
        Sid: "WriteReports",
        Effect: "Allow",
        Action: "s3:PutObject",
        Resource: bucketArn(location, dataBucketName, `${PREFIXES.reports.prefix}*`),
      },
    ],
    variables: {
      line_counts: JSON.stringify({
        input: PREFIXES.input.prefix,
        reports: PREFIXES.reports.prefix,
      }),
    },
    outputs: {},
  }),
});
