import { SCHEDULE } from "./cron";
import { type Field, matching, readFields } from "./fields";
import type { Problem } from "./problem";

/** The notebook pipeline: what `test_dag` takes where a run says nothing else. */
export interface NotebookSettings {
  /** Cron text of five fields, or `none`. Default every hour, as in the post. */
  readonly schedule: string;
  /** `s3://bucket/prefix/` of reviews; empty, the default, means `reviews/` of the data bucket. */
  readonly inputLocation: string;
  /** Categories, with commas between. Default those of the post. */
  readonly categories: string;
  /** First day that counts, as `2015-08-25`, the default. */
  readonly fromDate: string;
  /** Last day that counts, as `2015-08-31`, the default. */
  readonly toDate: string;
  /** Id of a Studio workspace, `e-…`, that holds the notebook; empty, the default, means none. */
  readonly editorId: string;
  /** `s3://bucket/prefix/` that the workspace is stored at; given with `editorId`, and only then. */
  readonly editorLocation: string;
  /** The notebook: its key below `notebooks/`, or its path in the workspace. */
  readonly fileName: string;
}

const DEFAULTS: NotebookSettings = {
  schedule: "0 * * * *",
  inputLocation: "",
  categories: "Apparel,Automotive,Baby,Beauty,Books",
  fromDate: "2015-08-25",
  toDate: "2015-08-31",
  editorId: "",
  editorLocation: "",
  fileName: "find_best_sellers.ipynb",
};

const DAY: Field = {
  holds: (value) =>
    typeof value === "string" &&
    /^\d{4}-\d{2}-\d{2}$/.test(value) &&
    !Number.isNaN(Date.parse(value)) &&
    new Date(value).toISOString().startsWith(value),
  // YAML makes a time of a date without quotes.
  allowed: 'a day that there is, in quotes, as "2015-08-25"',
};

const FOLDER = matching(
  // S3 takes more, which IAM's policies have no room for.
  /^(|s3:\/\/[a-z0-9.-]{3,63}\/(\S{1,500}\/)?)$/,
  "s3://bucket/prefix/ with a slash at its end and at most 500 characters of prefix, or empty",
);

const FIELDS: Readonly<Record<keyof NotebookSettings, Field>> = {
  schedule: SCHEDULE,
  inputLocation: FOLDER,
  categories: matching(
    /^[\w&]+(,[\w&]+)*$/,
    "one text of categories with commas and no spaces between, such as Books,Video_Games",
  ),
  fromDate: DAY,
  toDate: DAY,
  // https://docs.aws.amazon.com/emr/latest/APIReference/API_StartNotebookExecution.html
  editorId: matching(/^(|e-[A-Z0-9]{10,})$/, "the id of a workspace, e-…, or empty"),
  editorLocation: FOLDER,
  fileName: matching(/^[^/\s][^\s]*\.ipynb$/, "the path of a notebook, such as find.ipynb"),
};

/** Reads the `notebook` setting: each field or its default, or what is wrong with it. */
export function readNotebook(value: Record<string, unknown>): {
  readonly fields: NotebookSettings;
  readonly problems: Problem[];
} {
  const { fields, problems } = readFields("notebook", FIELDS, DEFAULTS, value);
  if (problems.length === 0 && fields.fromDate > fields.toDate) {
    problems.push({
      setting: "notebook.fromDate",
      value: fields.fromDate,
      allowed: `a day that is not after notebook.toDate, which is ${fields.toDate}`,
      remedy: "Change one of the two; both days count.",
    });
  }
  if (problems.length === 0 && (fields.editorId === "") !== (fields.editorLocation === "")) {
    problems.push({
      setting: "notebook.editorLocation",
      value: fields.editorLocation,
      allowed: "where the workspace notebook.editorId is stored, s3://bucket/prefix/, or neither",
      remedy: "Give both or none: the notebooks' role may read and write that place alone.",
    });
  }
  return { fields, problems };
}
