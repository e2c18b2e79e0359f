import { type Location, regionalArn } from "./location";
import type { Statement } from "./policyDocument";

/** Statement for the secrets backend: the Variables of the environment's own. */
export function readVariables(location: Location, variablesPrefix: string): Statement {
  return {
    Sid: "ReadVariables",
    Effect: "Allow",
    Action: "ssm:GetParameter",
    Resource: regionalArn(location, "ssm", `parameter${variablesPrefix}/*`),
  };
}

/**
 * Statements for the secrets backend: the connections of the environment's own, and the key that they are encrypted with.
 * With Systems Manager's own key the account's roles may decrypt what they may read.
 *
 * Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html
 */
export function readConnections(
  location: Location,
  prefix: string | undefined,
  kmsKeyArn: string | undefined,
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
    ...(kmsKeyArn === undefined
      ? []
      : [
          {
            Sid: "DecryptConnections",
            Effect: "Allow",
            Action: "kms:Decrypt",
            Resource: kmsKeyArn,
            Condition: {
              StringEquals: {
                "kms:ViaService": `ssm.${location.region}.${location.dnsSuffix}`,
              },
              StringLike: { "kms:EncryptionContext:PARAMETER_ARN": connections },
            },
          } as const,
        ]),
  ];
}
