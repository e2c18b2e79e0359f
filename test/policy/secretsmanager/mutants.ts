import { Mutant, RecordedResource, find } from "../mutant";

const SECRET = "aws:secretsmanager/secret:Secret";
const ROTATION = "aws:secretsmanager/secretRotation:SecretRotation";
const ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:mutant-AbCdEf";

/** A secret with its rotation, right but for the changes. */
function secret(props: Record<string, unknown>, rotationRules?: Record<string, unknown>) {
  return (resources: RecordedResource[]): void => {
    const { tags } = find(resources, "aws:kms/key:Key", "key-key").props;
    const kmsKeyId = "arn:aws:kms:us-east-1:123456789012:key/1";
    resources.push({
      type: SECRET,
      name: "mutant",
      props: { id: ARN, arn: ARN, name: "mutant", kmsKeyId, tags, ...props },
      propertyDependencies: {},
      protect: false,
    });
    if (rotationRules !== undefined) {
      resources.push({
        type: ROTATION,
        name: "mutant-rotation",
        props: { secretId: ARN, rotationRules },
        propertyDependencies: { secretId: [`${SECRET}::mutant`] },
        protect: false,
      });
    }
  };
}

const MONTHLY = { automaticallyAfterDays: 30 };

/** Breaking ways to add a secret to a shipped stack, which has none. */
export const mutants: readonly Mutant[] = [
  {
    rule: "secretsmanager-rotation",
    what: "a secret is not rotated",
    mutate: secret({}),
    resource: "mutant",
  },
  {
    rule: "secretsmanager-rotation",
    what: "a secret is rotated once a year",
    mutate: secret({}, { automaticallyAfterDays: 365 }),
    resource: "mutant-rotation",
  },
  {
    rule: "secretsmanager-encryption",
    what: "a secret is encrypted with the service's own key",
    mutate: secret({ kmsKeyId: undefined }, MONTHLY),
    resource: "mutant",
  },
  {
    rule: "secretsmanager-no-wildcard-principal",
    what: "a secret's policy admits everybody",
    mutate: secret(
      {
        policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: "*",
              Action: "secretsmanager:GetSecretValue",
              Resource: "*",
            },
          ],
        }),
      },
      MONTHLY,
    ),
    resource: "mutant",
  },
];
