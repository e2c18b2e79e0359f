/** A workgroup of Athena. */
export const WORKGROUP = "aws:athena/workgroup:Workgroup";
/** A database that Athena makes by a query. */
export const ATHENA_DATABASE = "aws:athena/database:Database";

/** What the rules read of a workgroup's configuration. */
export interface WorkgroupConfiguration {
  readonly enforceWorkgroupConfiguration?: boolean;
  readonly publishCloudwatchMetricsEnabled?: boolean;
  readonly resultConfiguration?: {
    readonly outputLocation?: string;
    readonly expectedBucketOwner?: string;
    readonly encryptionConfiguration?: {
      readonly encryptionOption?: string;
      readonly kmsKeyArn?: string;
    };
  };
  readonly managedQueryResultsConfiguration?: { readonly enabled?: boolean };
}

/** A workgroup's configuration; undefined where it has none. */
export function configurationOf(
  props: Record<string, unknown>,
): WorkgroupConfiguration | undefined {
  return (props.configuration as WorkgroupConfiguration | undefined | null) ?? undefined;
}

/** Whether Athena keeps a workgroup's results in storage of its own, which it always encrypts. */
export function keepsResultsItself(configuration: WorkgroupConfiguration | undefined): boolean {
  return configuration?.managedQueryResultsConfiguration?.enabled === true;
}

/** Ways to encrypt results: https://docs.aws.amazon.com/athena/latest/APIReference/API_EncryptionConfiguration.html */
export const ENCRYPTION_OPTIONS: readonly string[] = ["SSE_S3", "SSE_KMS", "CSE_KMS"];
