import { PolicyResource } from "@pulumi/policy";

import { Checked } from "./rule";
import { shown } from "./shown";

export const EMR_CLUSTER = "aws:emr/cluster:Cluster";
export const EMR_SECURITY_CONFIGURATION = "aws:emr/securityConfiguration:SecurityConfiguration";
export const EMR_STUDIO = "aws:emr/studio:Studio";
export const EMR_BLOCK_PUBLIC_ACCESS =
  "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration";

/** What a security configuration says of encryption; an object at each level, empty where nothing is said. */
export interface Encryption {
  readonly atRest: unknown;
  readonly inTransit: unknown;
  readonly s3: Properties;
  readonly localDisks: Properties;
  readonly certificate: Properties;
}

type Properties = Readonly<Record<string, unknown>>;

/** The values that EMR takes: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-create-security-configuration.html */
export const S3_MODES: readonly string[] = ["SSE-S3", "SSE-KMS", "CSE-KMS", "CSE-Custom"];
export const KEY_PROVIDERS: readonly string[] = ["AwsKms", "Custom"];
export const CERTIFICATE_PROVIDERS: readonly string[] = ["PEM", "Custom"];

/**
 * What a security configuration says of encryption.
 *
 * @returns undefined where it is no JSON object, which is reported
 */
export function encryptionOf(
  { name, props }: Pick<Checked, "name" | "props">,
  report: (message: string) => void,
): Encryption | undefined {
  const written = parsed(props.configuration);
  if (written === undefined) {
    report(
      `The configuration of the security configuration ${name} is no JSON object; give it one.`,
    );
    return undefined;
  }
  const encryption = within(written, "EncryptionConfiguration");
  const atRest = within(encryption, "AtRestEncryptionConfiguration");
  return {
    atRest: encryption.EnableAtRestEncryption,
    inTransit: encryption.EnableInTransitEncryption,
    s3: within(atRest, "S3EncryptionConfiguration"),
    localDisks: within(atRest, "LocalDiskEncryptionConfiguration"),
    certificate: within(
      within(encryption, "InTransitEncryptionConfiguration"),
      "TLSCertificateConfiguration",
    ),
  };
}

/** JSON text as the object that it says; an empty one where there is none; undefined where it says another thing. */
function parsed(written: unknown): Properties | undefined {
  try {
    const value: unknown = typeof written === "string" ? JSON.parse(written) : (written ?? {});
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

function within(properties: Properties, name: string): Properties {
  const value = properties[name];
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * What is wrong with a value that has to be one of a few, as the end of a sentence; undefined where nothing is.
 *
 * @param property the property, as in `S3EncryptionConfiguration.EncryptionMode`
 */
export function faultOfChoice(
  property: string,
  value: unknown,
  choices: readonly string[],
): string | undefined {
  const isOne =
    typeof value === "string" &&
    choices.some((choice) => choice.toLowerCase() === value.toLowerCase());
  return isOne ? undefined : `${property} is ${shown(value)}; EMR takes ${choices.join(", ")}`;
}

/** What a cluster says of its machines. Reading a member that is not known yet throws. */
export interface Ec2Attributes {
  readonly additionalMasterSecurityGroups?: string;
  readonly additionalSlaveSecurityGroups?: string;
  readonly emrManagedMasterSecurityGroup?: string;
  readonly emrManagedSlaveSecurityGroup?: string;
  readonly instanceProfile?: string;
  readonly keyName?: string;
  readonly serviceAccessSecurityGroup?: string;
  readonly subnetId?: string;
  readonly subnetIds?: readonly string[];
}

export function ec2Attributes({
  props,
}: Pick<PolicyResource, "props"> | { readonly props: Record<string, unknown> }): Ec2Attributes {
  return (props as Record<string, unknown>).ec2Attributes ?? {};
}
