import * as fs from "node:fs";
import * as path from "node:path";

const PROVIDER = path.dirname(require.resolve("@pulumi/aws/package.json"));

const cache = new Map<string, boolean | undefined>();

/**
 * Whether resources of a type take tags: whether the provider's class for it has an input `tags`. The
 * provider's package holds no schema, but each class in a file of the type's own name.
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
  return source !== undefined && fs.existsSync(source)
    ? /resourceInputs\["tags"\] = args\?\.tags/.test(fs.readFileSync(source, "utf8"))
    : undefined;
}
