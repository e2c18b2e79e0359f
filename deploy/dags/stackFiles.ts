import * as fs from "node:fs";

import { additionsOf } from "../../components/airflowAdditions";
import { type AirflowFiles, readAirflowFiles } from "../../components/airflowFiles";
import type { LocalFile } from "../../components/localFiles";
import { omittedFiles } from "../../components/pipeline";
import { PIPELINES } from "../../components/pipelines";
import { type ProgramStack, pipelinesOf } from "../oidc/stackSettings";

/** A file with its path in the folder that it goes to. */
export interface StagedFile {
  readonly path: string;
  readonly content: Uint8Array;
}

/** What an environment imports its DAGs with. */
export interface EnvironmentFiles {
  /** All DAG files that go up, and no other. */
  readonly dags: readonly StagedFile[];
  /** Content of plugins.zip. */
  readonly plugins: readonly StagedFile[];
  /** Content of requirements.txt; undefined where there is none. */
  readonly requirements?: string;
}

/** The files of a stack's environment, DAGs of pipelines that it does not list left out, as the program has them. */
export function filesOf(program: ProgramStack, root: string): AirflowFiles {
  const { settings } = program;
  const listed = pipelinesOf(program).filter(({ name }) => settings.pipelines.includes(name));
  const files = readAirflowFiles({
    ...settings.files,
    root,
    airflowVersion: settings.environment.airflowVersion,
    webserverAccessMode: settings.environment.webserverAccessMode,
    additions: additionsOf(listed, root),
  });
  const omitted = omittedFiles(PIPELINES, settings.pipelines);
  return { ...files, dags: files.dags.filter(({ path }) => !omitted.dags.includes(path)) };
}

/** The files with what is in them. */
export function contentsOf({ dags, plugins, requirements }: AirflowFiles): EnvironmentFiles {
  return {
    dags: dags.map(contentOf),
    plugins: plugins.map(contentOf),
    requirements:
      requirements === undefined || "text" in requirements
        ? requirements?.text
        : fs.readFileSync(requirements.location, "utf8"),
  };
}

/** A file with what is in it. */
function contentOf({ path, location }: LocalFile): StagedFile {
  return { path, content: fs.readFileSync(location) };
}
