import * as fs from "node:fs";
import * as path from "node:path";

import AdmZip from "adm-zip";
import { parse, stringify } from "yaml";

import { PROJECT } from "../../mocks";

/** Something that works under an older Airflow and not under 3.3.1, put into a copy of the program. */
interface Seed {
  /** Files by their paths in the copy. */
  readonly files: Readonly<Record<string, string | Buffer>>;
  /** Settings of the stack. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The finding that has to name it: its file, its line and its rule. */
  readonly file: string;
  readonly line: number | null;
  readonly rule: string;
  /** Other rules that may name the same as well. */
  readonly also?: readonly string[];
}

/** A DAG file with lines after its head, of which there are five. */
const dag = (id: string, ...lines: string[]): string =>
  [
    "from datetime import datetime",
    "from airflow.sdk import DAG",
    "from airflow.providers.standard.operators.bash import BashOperator",
    "",
    `dag = DAG("${id}", start_date=datetime(2026, 1, 1), schedule=None)`,
    ...lines,
    "",
  ].join("\n");

/** A wheel of a package that no index has, for a Python that MWAA has not any more. */
function oldWheel(name: string): Buffer {
  const wheel = new AdmZip();
  const info = `${name}-1.0.dist-info`;
  wheel.addFile(`${name}/__init__.py`, Buffer.from(""));
  wheel.addFile(
    `${info}/METADATA`,
    Buffer.from(`Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`),
  );
  wheel.addFile(
    `${info}/WHEEL`,
    Buffer.from(
      "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: cp39-cp39-manylinux_2_17_x86_64\n",
    ),
  );
  wheel.addFile(`${info}/RECORD`, Buffer.from(""));
  return wheel.toBuffer();
}

const TIMETABLE = `from airflow.plugins_manager import AirflowPlugin
from airflow.timetables.base import Timetable


class EveryOther(Timetable):
    def infer_manual_data_interval(self, run_after):
        return None

    def next_dagrun_info(self, last_automated_dagrun, restriction):
        return None

    def serialize(self):
        return {}


class EveryOtherPlugin(AirflowPlugin):
    name = "every_other"
    timetables = [EveryOther]
`;

/** The twelve, by what they are. */
export const SEEDS: Readonly<Record<string, Seed>> = {
  "a removed import": {
    files: {
      "dags/removed_import.py": dag(
        "removed_import",
        "from airflow.operators.subdag import SubDagOperator",
      ),
    },
    ...{ file: "removed_import.py", line: 6, rule: "import-error", also: ["AIR301", "AIR303"] },
  },
  "a moved operator": {
    files: {
      "dags/moved.py": dag(
        "moved",
        "from airflow.operators.bash import BashOperator as Moved",
        'Moved(task_id="m", bash_command="true", dag=dag)',
      ),
    },
    ...{ file: "moved.py", line: 7, rule: "AIR312" },
  },
  "a removed argument of an operator": {
    files: {
      "dags/argument.py": dag(
        "argument",
        'BashOperator(task_id="a", bash_command="true", task_concurrency=1, dag=dag)',
      ),
    },
    ...{ file: "argument.py", line: 6, rule: "import-error", also: ["AIR301"] },
  },
  "a context variable that is gone": {
    files: {
      "dags/context.py": dag(
        "context",
        'BashOperator(task_id="c", bash_command="echo {{ execution_date }}", dag=dag)',
      ),
    },
    ...{ file: "context.py", line: 6, rule: "context-variable" },
  },
  schedule_interval: {
    files: {
      "dags/interval.py": dag(
        "interval",
        'other = DAG("other", start_date=datetime(2026, 1, 1), schedule_interval="@daily")',
      ),
    },
    ...{ file: "interval.py", line: 6, rule: "import-error", also: ["AIR301"] },
  },
  "a plugin that registers what is gone": {
    files: {
      "plugins/registers.py":
        "from airflow.plugins_manager import AirflowPlugin\n\n\n" +
        'class Registers(AirflowPlugin):\n    name = "registers"\n    operators = []\n',
    },
    ...{ file: "plugins/registers.py", line: 6, rule: "plugin", also: ["AIR301"] },
  },
  "a requirement that conflicts with the constraints": {
    files: {},
    ...{ file: "requirements.txt", line: 3, rule: "requirements" },
  },
  "a requirement without a wheel": {
    files: {
      "plugins/no_such_reader-1.0-cp39-cp39-manylinux_2_17_x86_64.whl": oldWheel("no_such_reader"),
    },
    ...{ file: "requirements.txt", line: 5, rule: "no-wheel" },
  },
  "a configuration option that is gone": {
    files: {},
    settings: { airflowConfigurationOptions: { "core.check_slas": "True" } },
    ...{ file: "Pulumi.local.yaml", line: 0, rule: "option" },
  },
  "a timetable of one's own": {
    files: {
      "plugins/every_other.py": TIMETABLE,
      "dags/timetable.py": dag(
        "timetable",
        "from every_other import EveryOther",
        'daily = DAG("every_other", start_date=datetime(2026, 1, 1), schedule=EveryOther())',
        'BashOperator(task_id="t", bash_command="true", dag=daily)',
      ),
    },
    ...{ file: "timetable.py", line: 7, rule: "schedule" },
  },
  "direct access to the metadata database": {
    files: {
      "dags/database.py": dag(
        "database",
        "from airflow.sdk import task",
        "@task(dag=dag)",
        "def count():",
        "    from airflow.settings import Session",
        "    return Session().execute('SELECT 1')",
        "with dag:",
        "    count()",
      ),
    },
    ...{ file: "database.py", line: 9, rule: "metadata-database" },
  },
  "a start-up script that fails": {
    files: { "startup.sh": "#!/bin/bash\nset -e\nno-such-command --at-all\nexport A=b\n" },
    ...{ file: "startup.sh", line: 3, rule: "startup-script" },
  },
};

/** Adds all of them to a copy of the program. */
export function seed(folder: string): void {
  const stack = path.join(folder, "Pulumi.local.yaml");
  const content = parse(fs.readFileSync(stack, "utf8")) as { config: Record<string, unknown> };
  Object.assign(content.config, {
    [`${PROJECT}:pluginsFolder`]: "plugins",
    [`${PROJECT}:startupScript`]: "startup.sh",
  });
  for (const { files, settings = {} } of Object.values(SEEDS)) {
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), text);
    }
    for (const [name, value] of Object.entries(settings)) {
      const key = `${PROJECT}:${name}`;
      content.config[key] = {
        ...(content.config[key] as object | undefined),
        ...(value as object),
      };
    }
  }
  fs.writeFileSync(stack, stringify(content));
  const requirements = path.join(folder, "dags", "requirements.txt");
  fs.rmSync(path.join(folder, "dags", "requirements.lock"));
  fs.appendFileSync(
    requirements,
    "pendulum==2.1.2\n--find-links /usr/local/airflow/plugins\nno_such_reader==1.0\n",
  );
}
