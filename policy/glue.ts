export const GLUE_JOB = "aws:glue/job:Job";
export const GLUE_CRAWLER = "aws:glue/crawler:Crawler";
export const GLUE_DATABASE = "aws:glue/catalogDatabase:CatalogDatabase";
export const GLUE_SECURITY_CONFIGURATION = "aws:glue/securityConfiguration:SecurityConfiguration";
export const GLUE_CATALOG_SETTINGS =
  "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings";

type Properties = Readonly<Record<string, unknown>>;

/** What runs a job: Spark in batches or streams, a Python shell, or Ray. */
export type JobKind = "glueetl" | "gluestreaming" | "pythonshell" | "glueray";

/** Kind of a job; Spark in batches where it says nothing, as the provider has it. */
export function jobKind({ command }: Properties): JobKind {
  return (command as { name?: JobKind } | undefined)?.name ?? "glueetl";
}

export function isSpark(props: Properties): boolean {
  const kind = jobKind(props);
  return kind === "glueetl" || kind === "gluestreaming";
}

/** Value of one of a job's arguments, as `--enable-metrics`; those that a run cannot override win. */
export function jobArgument(props: Properties, name: string): string | undefined {
  const [fixed, defaults] = [props.nonOverridableArguments, props.defaultArguments].map(
    (given) => (given ?? {}) as Readonly<Record<string, string | undefined>>,
  );
  return fixed[name] ?? defaults[name];
}
