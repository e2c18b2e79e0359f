import { type Declaration, field, record } from "./declaration";
import { whole } from "./fields";

/** Days after which objects of the data bucket expire, by what they are. */
export interface ExpirationSettings {
  readonly queryResults: number;
  readonly runFiles: number;
  readonly logs: number;
}

/** What objects below a prefix are, of those that expire. */
export type Expiring = keyof ExpirationSettings;

const MOST_DAYS = 3650;

const days = (standard: number, what: string) =>
  field(whole(1, MOST_DAYS), standard, `Days that ${what} are kept, 1 to ${MOST_DAYS}.`);

/** The setting `expirationDays`. */
export const EXPIRATION: Declaration<ExpirationSettings> = record<ExpirationSettings>(
  "Days after which what no table shows expires in the data bucket; its old versions go after oldVersionRetentionDays.",
  {
    queryResults: days(
      30,
      "results of Athena's queries, and the files that Redshift has loaded of them,",
    ),
    runFiles: days(
      30,
      "the files that a run makes for its own later tasks, and executed notebooks,",
    ),
    logs: days(90, "logs of EMR clusters and steps"),
  },
);
