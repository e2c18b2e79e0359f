import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { SCHEDULE } from "../../checks/cron";
import { text } from "../../checks/declaration";
import { matching } from "../../checks/fields";
import { fitName, stackIdentity } from "../../checks/names";
import { ATHENA_RESULTS_PREFIX } from "../athena";
import { ATHENA_UNEXERCISED, athenaStatements } from "../athenaAccess";
import { type Location, bucketArn, regionalArn } from "../location";
import { definePipeline } from "../pipeline";
import { prefixesOf } from "../plan";
import type { Statement, UnexercisedGrant } from "../policyDocument";
import { type DataApiAccess, redshiftStatements } from "../redshiftAccess";
import { MOVIELENS_SOURCE, SOURCE_VARIABLE, internetOf, readSource } from "./movielensSource";

const ATHENA_S3 = "https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html";

/** What of `movieListStatements` a run that goes well does not use. */
const UNEXERCISED: readonly UnexercisedGrant[] = [
  {
    statement: "ReadAndWriteData",
    role: "execution",
    actions: ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
    reason: "called where a large upload is aborted; Athena writes large results so",
    source: ATHENA_S3,
  },
  {
    statement: "FindData",
    role: "execution",
    actions: ["s3:ListBucketMultipartUploads"],
    reason: "Athena looks for its unfinished uploads",
    source: ATHENA_S3,
  },
  ...ATHENA_UNEXERCISED,
  {
    statement: "ReconcileTables",
    role: "execution",
    reason:
      "called where a table is there with another location or other columns, as after another dataBucketName",
    source: "https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html",
  },
];

/**
 * `movie-list-dag`: MovieLens through Athena into Redshift.
 *
 * Source: https://aws.amazon.com/blogs/aws/introducing-amazon-managed-workflows-for-apache-airflow-mwaa/
 */
export const movieList = definePipeline({
  name: "movie-list",
  services: ["data", "athena", "redshift", "notices"],
  files: { dags: ["movie_list_dag.py"] },
  // From before there were managed ones.
  policy: "inline",
  unexercised: UNEXERCISED,
  settings: {
    movielensSource: MOVIELENS_SOURCE,
    movieListSchedule: text(
      SCHEDULE,
      "*/10 * * * *",
      "Schedule of movie-list-dag, a five-field cron expression, or none.",
    ),
    athenaDatabaseName: text(
      matching(/^[a-z0-9_]{0,255}$/, "lower-case letters, digits and underscores, or empty"),
      "",
      "Name of the database in the Glue Data Catalog, in lower case. Empty means demo_athena_db_ and the stack.",
    ),
  },
  plan: (context, { movieListSchedule, athenaDatabaseName, movielensSource }) => {
    const suffix = fitName(stackIdentity(context), { maxLength: 40, filler: "_" });
    const { redshiftTableName: tableName, redshiftReaders: readers } = context;
    const databaseName = athenaDatabaseName || `demo_athena_db_${suffix}`;
    return {
      databaseName,
      tableName,
      readers,
      dags: [
        {
          id: "movie-list-dag",
          schedule: { option: "movie_list_schedule", cron: movieListSchedule },
          results: [{ kind: "redshift", table: tableName, sample: mostRated(tableName) }],
        },
      ],
      prefixes: PREFIXES,
      calls: ["glue"],
      internet: internetOf(movielensSource),
      owned: { databases: [databaseName] },
    };
  },
  build: (platform, { movielensSource }, plan) => {
    const { location, dataBucketName, athenaWorkgroupName, redshift } = platform;
    const { databaseName, tableName, readers } = plan;
    const component = new MovieList(
      "movie-list",
      { databaseName, tags: platform.tags },
      { aliasesOfDatabase: platform.athena },
    );
    return {
      components: [component],
      statements: pulumi
        .all([redshift.dataApi, platform.notices.statements])
        .apply(([target, noticeStatements]) => [
          ...movieListStatements({
            location,
            dataBucketName,
            athenaWorkgroupName,
            athenaDatabaseName: databaseName,
            prefixes: prefixesOf(plan, "tasks", "write"),
            redshift: target,
            database: redshift.database,
            movielensSource,
          }),
          ...noticeStatements,
        ]),
      variables: {
        [SOURCE_VARIABLE]: movielensSource,
        movie_list_raw_prefix: PREFIXES.raw.prefix,
        movie_list_clean_prefix: PREFIXES.clean.prefix,
        athena_db: component.databaseName,
        redshift_table_name: tableName,
        // An empty string cannot be a parameter.
        ...(readers.length === 0 ? {} : { redshift_readers: readers.join(", ") }),
      },
      outputs: { athenaDatabaseName: component.databaseName },
    };
  },
});

/** Query for the films with the most ratings. */
function mostRated(table: string): string {
  return (
    `SELECT title, count(*) AS ratings, CAST(avg(rating) AS decimal(3, 2)) AS mean FROM ${table} ` +
    "GROUP BY title ORDER BY ratings DESC, title LIMIT 5"
  );
}

const PREFIXES = {
  /** Raw files. The DAG waits for an object of this name. */
  raw: { prefix: "files/", tasks: "write", marker: true },
  /** What Athena writes, as whoever asks it. */
  results: { prefix: ATHENA_RESULTS_PREFIX, tasks: "write", expires: "queryResults" },
  /** What Redshift loads: a COPY path is a prefix, so nothing else lies beneath it. */
  clean: { prefix: `${ATHENA_RESULTS_PREFIX}clean/`, copy: true },
} as const;

interface MovieListArgs {
  readonly databaseName: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The database of the Glue Data Catalog that `movie-list-dag` creates its tables in. */
class MovieList extends pulumi.ComponentResource {
  public readonly databaseName: pulumi.Output<string>;

  public constructor(
    name: string,
    args: MovieListArgs,
    { aliasesOfDatabase }: { readonly aliasesOfDatabase: pulumi.Resource },
  ) {
    super("mwaa:movieList:MovieList", name, {});
    const database = new aws.glue.CatalogDatabase(
      "athena-database",
      {
        name: args.databaseName,
        description: "Tables that movie-list-dag makes over the raw MovieLens files",
        tags: args.tags,
      },
      // It was a part of the Athena workgroup's component.
      { parent: this, aliases: [{ parent: aliasesOfDatabase }] },
    );
    this.databaseName = database.name;
    this.registerOutputs({ databaseName: this.databaseName });
  }
}

/** What `movie-list-dag` calls. */
export interface MovieListPermissions {
  readonly location: Location;
  readonly dataBucketName: string;
  /** Prefixes of the data bucket that tasks and Athena read and write. */
  readonly prefixes: readonly string[];
  readonly athenaWorkgroupName: string;
  readonly athenaDatabaseName: string;
  readonly redshift: DataApiAccess;
  /** Database of Redshift. */
  readonly database: string;
  /** `https://…` or `s3://bucket/key`. */
  readonly movielensSource: string;
}

/** Statements for what `movie-list-dag` does: each call, on the one resource that it is made on. */
export function movieListStatements(args: MovieListPermissions): Statement[] {
  const { location, dataBucketName } = args;
  return [
    {
      // Also Athena's: it reads tables and writes results as the caller.
      // https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html
      Sid: "ReadAndWriteData",
      Effect: "Allow",
      Action: [
        "s3:GetObject",
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
      ],
      Resource: args.prefixes.map((prefix) => bucketArn(location, dataBucketName, `${prefix}*`)),
    },
    {
      Sid: "FindData",
      Effect: "Allow",
      Action: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
      Resource: bucketArn(location, dataBucketName),
    },
    ...athenaStatements({
      location,
      athenaWorkgroupName: args.athenaWorkgroupName,
      databaseName: args.athenaDatabaseName,
    }),
    {
      Sid: "ReconcileTables",
      Effect: "Allow",
      Action: "glue:UpdateTable",
      Resource: [
        regionalArn(location, "glue", "catalog"),
        regionalArn(location, "glue", `database/${args.athenaDatabaseName}`),
        regionalArn(location, "glue", `table/${args.athenaDatabaseName}/ml_latest_small_*`),
      ],
    },
    ...redshiftStatements(location, args.redshift, args.database),
    {
      Sid: "ReadColumns",
      Effect: "Allow",
      Action: "redshift-data:GetStatementResult",
      // The action takes no resource: it gives the results of one's own statements.
      Resource: "*",
    },
    ...readSource(location, args.movielensSource),
  ];
}
