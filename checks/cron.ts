import { type Field } from "./fields";

/** One of the five fields of a cron expression. */
interface CronField {
  readonly least: number;
  readonly most: number;
  /** Names of the values, the first that of the least. */
  readonly names?: readonly string[];
  /** What the field takes beside values, ranges and steps. */
  readonly also?: RegExp;
}

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS = [
  ...["jan", "feb", "mar", "apr", "may", "jun"],
  ...["jul", "aug", "sep", "oct", "nov", "dec"],
];

const DAY_OF_MONTH = 2;
const MONTH = 3;

const FIELDS: readonly CronField[] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  // L: the month's last day.
  { least: 1, most: 31, also: /^(\?|l)$/ },
  { least: 1, most: 12, names: MONTHS },
  // 1#2: the second Monday; L5: the last Friday.
  { least: 0, most: 7, names: DAYS, also: /^(\?|([0-7]|[a-z]{3})#[1-5]|l[0-7])$/ },
];

/** Days of the months, in a leap year. */
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * A DAG's schedule: `none`, or a five-field cron expression that comes due at some time.
 *
 * Source: https://airflow.apache.org/docs/apache-airflow/stable/authoring-and-scheduling/cron.html
 */
export const SCHEDULE: Field = {
  holds: (value) => typeof value === "string" && (value === "none" || isCron(value)),
  allowed:
    'a five-field cron expression (minute 0-59, hour 0-23, day 1-31, month 1-12, weekday 0-7), such as "*/10 * * * *", or "none"',
};

function isCron(text: string): boolean {
  const fields = text.toLowerCase().split(" ");
  if (fields.length !== FIELDS.length) {
    return false;
  }
  const values = fields.map((field, index) => valuesOf(field, FIELDS[index]));
  if (values.includes(undefined)) {
    return false;
  }
  // A day that is in none of the months never comes, whatever the day of the week is.
  const [days = [], months = []] = [values[DAY_OF_MONTH], values[MONTH]];
  return (
    days.length === 0 || months.some((month) => days.some((day) => day <= MONTH_DAYS[month - 1]))
  );
}

/** The values that a field means, without what it takes beside values; undefined where it is not valid. */
function valuesOf(text: string, field: CronField): readonly number[] | undefined {
  const found: number[] = [];
  for (const part of text.split(",")) {
    if (field.also?.test(part) === true) {
      const name = /^([a-z]{3})#/.exec(part)?.[1];
      if (name !== undefined && !DAYS.includes(name)) {
        return undefined;
      }
      continue;
    }
    const [, first, last, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    const range =
      first === "*" && last === undefined
        ? [field.least, field.most]
        : [valueOf(first, field), last === undefined ? undefined : valueOf(last, field)];
    const [from, to = step === undefined ? from : field.most] = range;
    if (
      from === undefined ||
      (last !== undefined && range[1] === undefined) ||
      (step !== undefined && (Number(step) < 1 || Number(step) > field.most))
    ) {
      return undefined;
    }
    // A range may go over the end, as FRI-MON.
    const size = field.most - field.least + 1;
    const length = (((to ?? from) - from + size) % size) + 1;
    for (let offset = 0; offset < length; offset += Number(step ?? 1)) {
      found.push(((from - field.least + offset) % size) + field.least);
    }
  }
  return found;
}

function valueOf(text: string | undefined, { least, most, names = [] }: CronField) {
  const named = names.indexOf(text ?? "");
  const value = named >= 0 ? named + least : /^\d{1,2}$/.test(text ?? "") ? Number(text) : -1;
  return value >= least && value <= most ? value : undefined;
}
