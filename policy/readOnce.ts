// eslint-disable-next-line @typescript-eslint/no-require-imports -- what is imported otherwise cannot be given a value
import deserialize = require("@pulumi/policy/deserialize");

type Deserialize = (struct: object, proxySecrets: boolean) => object;

/**
 * Has the SDK read each resource once. By itself it does so for each rule, and at the end of a preview for each rule
 * of the whole stack once more: most of what a pack of many rules costs. Rules only read, so they can share.
 *
 * @throws where the SDK is another than the one that this was written for
 */
export function readOnce(): void {
  const sdk = deserialize as unknown as { deserializeProperties?: Deserialize };
  const read = sdk.deserializeProperties;
  if (read === undefined) {
    throw new Error(
      "@pulumi/policy has no deserialize.deserializeProperties any more: take readOnce out of policy/pack.ts, " +
        "and measure a preview with the pack and without (bench/commands.ts --pack).",
    );
  }
  const known = new WeakMap<object, object>();
  sdk.deserializeProperties = (struct, proxySecrets) => {
    // With secrets kept apart a resource is another; only remediations ask for that.
    if (proxySecrets) {
      return read(struct, proxySecrets);
    }
    const properties = known.get(struct) ?? read(struct, proxySecrets);
    known.set(struct, properties);
    return properties;
  };
}
