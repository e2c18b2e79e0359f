import { type Location, regionalArn } from "./location";
import type { Statement } from "./policyDocument";

/** What the secrets backends of an environment ask for. */
export interface SecretsAccess {
  /** Path of the Airflow Variables in the parameter store. */
  readonly variablesPrefix: string;
  /** Path of the Airflow connections there. Default: the role reads none. */
  readonly connectionsPrefix?: string;
  /** How the names of secrets in Secrets Manager begin. Default: the role reads none. */
  readonly secretBeginnings?: readonly string[];
  /**
   * ARNs of the keys of what is there already: of the secrets where some are named, else of the connections. Default: the
   * service's own key.
   */
  readonly connectionsKeyArns?: readonly string[];
}

/**
 * Statements for the secrets backends: Variables and connections, and the keys that these are encrypted with. With a
 * service's own key the account's roles may decrypt what they may read.
 *
 * @param kmsKeyArn ARN of the environment's key, when it is a customer managed one
 */
export function readSecrets(
  location: Location,
  access: SecretsAccess,
  kmsKeyArn: string | undefined,
): Statement[] {
  const { variablesPrefix, connectionsPrefix, secretBeginnings = [] } = access;
  const given = access.connectionsKeyArns ?? [];
  return [
    {
      Sid: "ReadVariables",
      Effect: "Allow",
      Action: "ssm:GetParameter",
      Resource: regionalArn(location, "ssm", `parameter${variablesPrefix}/*`),
    },
    ...readConnections(location, connectionsPrefix, [
      ...(kmsKeyArn === undefined ? [] : [kmsKeyArn]),
      ...(secretBeginnings.length > 0 ? [] : given.filter((arn) => arn !== kmsKeyArn)),
    ]),
    ...readSecretsManager(location, secretBeginnings, given),
  ];
}

/** Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html */
function readConnections(
  location: Location,
  prefix: string | undefined,
  keyArns: readonly string[],
): Statement[] {
  if (prefix === undefined) {
    return [];
  }
  const connections = regionalArn(location, "ssm", `parameter${prefix}/*`);
  return [
    {
      Sid: "ReadConnections",
      Effect: "Allow",
      Action: "ssm:GetParameter",
      Resource: connections,
    },
    ...decrypt("DecryptConnections", keyArns, via(location, "ssm"), {
      "kms:EncryptionContext:PARAMETER_ARN": connections,
    }),
  ];
}

/** Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html */
function readSecretsManager(
  location: Location,
  beginnings: readonly string[],
  keyArns: readonly string[],
): Statement[] {
  if (beginnings.length === 0) {
    return [];
  }
  const secrets = one(
    beginnings.map((beginning) => regionalArn(location, "secretsmanager", `secret:${beginning}*`)),
  );
  return [
    {
      Sid: "ReadSecrets",
      Effect: "Allow",
      Action: "secretsmanager:GetSecretValue",
      Resource: secrets,
    },
    ...decrypt("DecryptSecrets", keyArns, via(location, "secretsmanager"), {
      "kms:EncryptionContext:SecretARN": secrets,
    }),
  ];
}

/** A statement for the keys, where there are any, through a service and for what it encrypts alone. */
function decrypt(
  Sid: string,
  keyArns: readonly string[],
  service: string,
  context: Readonly<Record<string, string | readonly string[]>>,
): Statement[] {
  return keyArns.length === 0
    ? []
    : [
        {
          Sid,
          Effect: "Allow",
          Action: "kms:Decrypt",
          Resource: one(keyArns),
          Condition: { StringEquals: { "kms:ViaService": service }, StringLike: context },
        },
      ];
}

function via({ region, dnsSuffix }: Location, service: string): string {
  return `${service}.${region}.${dnsSuffix}`;
}

/** A list of one as AWS shows it. */
function one(list: readonly string[]): string | readonly string[] {
  return list.length === 1 ? list[0] : list;
}
