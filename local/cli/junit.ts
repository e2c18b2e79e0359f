import { type DagFinding, shownFindings } from "../../deploy/dags/checkDags";
import { report } from "../../policy/report/suite";

/**
 * The findings of DAG files as a report of JUnit's: a case for each error, one for each file without any, and the
 * warnings beside them.
 *
 * @param files the files that were checked, by their paths
 * @param name name of the report
 */
export function junitOf(
  files: readonly string[],
  findings: readonly DagFinding[],
  name = "DAG files",
): string {
  const errors = findings.filter(({ level }) => level === "error");
  const broken = new Set(errors.map(({ file }) => file));
  return report({
    name,
    started: Date.now() / 1000,
    cases: [
      ...errors.map((finding) => ({
        name: finding.line === null ? finding.file : `${finding.file}:${finding.line}`,
        className: finding.rule,
        failure: { type: finding.level, message: finding.message },
      })),
      ...files
        .filter((file) => !broken.has(file))
        .map((file) => ({ name: file, className: "dags" })),
    ],
    said: shownFindings(findings.filter(({ level }) => level === "warning")),
  });
}
