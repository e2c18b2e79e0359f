import assert from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";
import { SCHEDULE } from "../../checks/cron";

/** The same that Airflow itself is asked about in `test/dags/test_schedules.py`. */
const CRON = JSON.parse(
  fs.readFileSync(path.join(__dirname, "..", "fixtures", "cron.json"), "utf8"),
) as { valid: string[]; invalid: string[] };

describe("a schedule", () => {
  for (const text of ["none", ...CRON.valid]) {
    it(`is ${text}`, () => assert.ok(SCHEDULE.holds(text)));
  }
  for (const text of [...CRON.invalid, "None", "* * * * * *", " * * * * *", 5, undefined]) {
    it(`is not ${JSON.stringify(text)}`, () => assert.ok(!SCHEDULE.holds(text)));
  }
});
