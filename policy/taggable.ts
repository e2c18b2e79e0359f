import * as fs from "node:fs";
import * as path from "node:path";

const PROVIDER = path.dirname(require.resolve("@pulumi/aws/package.json"));

const cache = new Map<string, boolean | undefined>();

/**
 * Whether resources of a type take tags: whether the provider's class for it has an input `tags` and the
 * output `tagsAll`, which adds the provider's default ones. (Without it `tags` means something else, such as
 * a filter.) The provider's package holds no schema, but each class in a file of the type's own name.
 *
 * @param type as in `aws:ec2/vpc:Vpc`
 * @returns undefined for a type that the installed provider does not have
 */
export function isTaggable(type: string): boolean | undefined {
  if (!cache.has(type)) {
    cache.set(type, look(type));
  }
  return cache.get(type);
}

function look(type: string): boolean | undefined {
  const file = /^aws:([A-Za-z0-9]+\/[A-Za-z0-9]+):[A-Za-z0-9]+$/.exec(type)?.[1];
  const source = file === undefined ? undefined : path.join(PROVIDER, `${file}.js`);
  if (source === undefined || !fs.existsSync(source)) {
    return undefined;
  }
  const text = fs.readFileSync(source, "utf8");
  return text.includes('resourceInputs["tags"] = args?.tags') && text.includes('["tagsAll"]');
}
