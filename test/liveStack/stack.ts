import * as path from "node:path";
import program from "../../index";
import { type Recording, type RecordOptions, record } from "../mocks";
import { type StackName, stackConfig } from "../stackFiles";

// A folder of its own, so that a new DAG of the project does not change what is expected here.
const FIXTURE = path.join(__dirname, "..", "fixtures", "airflow");

/** The files of every stack here. */
export const FILES = {
  dagsFolder: path.join(FIXTURE, "dags"),
  requirementsFile: path.join(FIXTURE, "dags", "requirements.txt"),
};

/** Runs the program as one of the shipped stacks, with some settings changed. */
export function recordStack(
  stack: StackName,
  changes: Readonly<Record<string, unknown>> = {},
  options: RecordOptions = {},
): Promise<Recording<unknown>> {
  return record<unknown>(() => program(), {
    ...options,
    stack,
    config: { ...stackConfig(stack), ...FILES, ...changes },
  });
}
