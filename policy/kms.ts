/** A KMS key of the account. */
export const KMS_KEY = "aws:kms/key:Key";
/** A key whose material comes from elsewhere. */
export const EXTERNAL_KEY = "aws:kms/externalKey:ExternalKey";
/** A copy of a multi-Region key in another Region. */
export const REPLICA_KEY = "aws:kms/replicaKey:ReplicaKey";
export const REPLICA_EXTERNAL_KEY = "aws:kms/replicaExternalKey:ReplicaExternalKey";
/** The policy of a key, as a resource of its own. */
export const KMS_KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy";

export const KMS_KEY_TYPES: readonly string[] = [
  KMS_KEY,
  EXTERNAL_KEY,
  REPLICA_KEY,
  REPLICA_EXTERNAL_KEY,
];
