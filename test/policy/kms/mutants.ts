import { Mutant, RecordedResource, find } from "../mutant";

function set(change: Record<string, unknown>) {
  return (resources: RecordedResource[]): void => {
    Object.assign(find(resources, "aws:kms/key:Key", "key-key").props, change);
  };
}

/** Breaking changes to the key of a shipped stack; only production's has one. */
export const mutants: readonly Mutant[] = [
  {
    rule: "kms-rotation",
    what: "the key is not rotated",
    mutate: set({ enableKeyRotation: false }),
    resource: "key-key",
  },
  {
    rule: "kms-rotation",
    what: "nothing is said of the key's rotation",
    mutate: set({ enableKeyRotation: undefined }),
    resource: "key-key",
  },
  {
    rule: "kms-deletion-window",
    what: "the key is gone a day after its deletion",
    mutate: set({ deletionWindowInDays: 1 }),
    resource: "key-key",
  },
  {
    rule: "kms-key-enabled",
    what: "the key is disabled",
    mutate: set({ isEnabled: false }),
    resource: "key-key",
  },
  {
    rule: "kms-no-wildcard-principal",
    what: "the key's policy admits everybody",
    mutate: (resources) => {
      const { props } = find(resources, "aws:kms/key:Key", "key-key");
      const document = JSON.parse(props.policy as string) as { Statement: object[] };
      document.Statement.push({
        Sid: "Everybody",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: "kms:Decrypt",
        Resource: "*",
      });
      props.policy = JSON.stringify(document);
    },
    resource: "key-key",
  },
];
