import { PolicyResource } from "@pulumi/policy";

export const EMR_CLUSTER = "aws:emr/cluster:Cluster";
export const EMR_SECURITY_CONFIGURATION = "aws:emr/securityConfiguration:SecurityConfiguration";
export const EMR_STUDIO = "aws:emr/studio:Studio";
export const EMR_BLOCK_PUBLIC_ACCESS =
  "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration";

/** The part of a security configuration on encryption, which is as it was written. */
export interface EncryptionConfiguration {
  readonly EnableAtRestEncryption?: boolean;
  readonly EnableInTransitEncryption?: boolean;
  readonly AtRestEncryptionConfiguration?: {
    readonly S3EncryptionConfiguration?: { readonly EncryptionMode?: string };
    readonly LocalDiskEncryptionConfiguration?: {
      readonly EncryptionKeyProviderType?: string;
      readonly EnableEbsEncryption?: boolean;
    };
  };
  readonly InTransitEncryptionConfiguration?: {
    readonly TLSCertificateConfiguration?: { readonly CertificateProviderType?: string };
  };
}

/**
 * What a security configuration says of encryption; nothing where it is silent.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-create-security-configuration.html
 *
 * @throws SyntaxError for a text that is no JSON: the rule then counts as broken, never as passed
 */
export function encryptionOf(props: Readonly<Record<string, unknown>>): EncryptionConfiguration {
  const written = props.configuration;
  const parsed = (typeof written === "string" ? JSON.parse(written) : (written ?? {})) as {
    EncryptionConfiguration?: EncryptionConfiguration;
  };
  return parsed.EncryptionConfiguration ?? {};
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
