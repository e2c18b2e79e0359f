import { SCHEDULE } from "../../../checks/cron";
import { type Declaration, field, record } from "../../../checks/declaration";
import { type Field, matching } from "../../../checks/fields";
import type { Problem } from "../../../checks/problem";

/** The notebook pipeline: what `test_dag` takes where a run says nothing else. */
export interface NotebookSettings {
  readonly schedule: string;
  readonly inputLocation: string;
  readonly categories: string;
  readonly fromDate: string;
  readonly toDate: string;
  readonly editorId: string;
  readonly editorLocation: string;
  readonly fileName: string;
}

const DAY: Field = {
  holds: (value) =>
    typeof value === "string" &&
    /^\d{4}-\d{2}-\d{2}$/.test(value) &&
    !Number.isNaN(Date.parse(value)) &&
    new Date(value).toISOString().startsWith(value),
  // YAML makes a time of a date without quotes.
  allowed: 'a valid date, quoted, such as "2015-08-25"',
};

const FOLDER = matching(
  // S3 takes more, which IAM's policies have no room for.
  /^(|s3:\/\/[a-z0-9.-]{3,63}\/(\S{1,500}\/)?)$/,
  "s3://bucket/prefix/ with a slash at its end and at most 500 characters of prefix, or empty",
);

/** The setting `notebook`. */
export const NOTEBOOK: Declaration<NotebookSettings> = record<NotebookSettings>(
  "Notebook pipeline: what test_dag takes where a run says nothing else.",
  {
    schedule: field(
      SCHEDULE,
      "0 * * * *",
      "Schedule of test_dag, a five-field cron expression, or none.",
    ),
    inputLocation: field(
      FOLDER,
      "",
      "Reviews, s3://bucket/prefix/ with at most 500 characters of prefix. Empty means reviews/ of the data bucket.",
    ),
    categories: field(
      matching(
        /^[\w&]+(,[\w&]+)*$/,
        "one text of categories with commas and no spaces between, such as Books,Video_Games",
      ),
      "Apparel,Automotive,Baby,Beauty,Books",
      "Categories, with commas between.",
    ),
    fromDate: field(DAY, "2015-08-25", "First day that counts, in quotes."),
    toDate: field(DAY, "2015-08-31", "Last day that counts, in quotes."),
    // https://docs.aws.amazon.com/emr/latest/APIReference/API_StartNotebookExecution.html
    editorId: field(
      matching(/^(|e-[A-Z0-9]{10,})$/, "the id of a workspace, e-…, or empty"),
      "",
      "Id of the EMR Studio workspace, e-…, that holds the notebook. Empty means none.",
    ),
    editorLocation: field(
      FOLDER,
      "",
      "Where that workspace is stored, s3://bucket/prefix/; given with editorId, and only then.",
    ),
    fileName: field(
      matching(/^[^/\s][^\s]*\.ipynb$/, "the path of a notebook, such as find.ipynb"),
      "find_best_sellers.ipynb",
      "The notebook: its path below notebooks/, or in the workspace.",
    ),
  },
  together,
);

function together(setting: string, value: NotebookSettings): Problem[] {
  const { fromDate, toDate, editorId, editorLocation } = value;
  const problems: Problem[] = [];
  if (fromDate > toDate) {
    problems.push({
      setting: `${setting}.fromDate`,
      value: fromDate,
      allowed: `a day that is not after ${setting}.toDate, which is ${toDate}`,
      remedy: "Change one of the two; both days count.",
    });
  }
  if ((editorId === "") !== (editorLocation === "")) {
    problems.push({
      setting: `${setting}.editorLocation`,
      value: editorLocation,
      allowed: `where the workspace ${setting}.editorId is stored, s3://bucket/prefix/, or neither`,
      remedy: "Give both or none: the notebooks' role may read and write that place alone.",
    });
  }
  return problems;
}
