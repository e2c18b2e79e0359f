import { length } from "../checks";
import { AnyRow, Row, Source, ifThere, row } from "../row";
import { NO_BUCKET } from "./client";

/** The official provider's check of the name of a bucket that has a configuration. */
export const bucketName = length(1, 63);

/** A part of a bucket's configuration: written whole by one call, known by the bucket's name. */
export function configuration<Args extends { bucket: string }>(definition: {
  readonly args: readonly (keyof Args & string)[];
  readonly members?: AnyRow["members"];
  readonly checks: AnyRow["checks"];
  readonly plan?: Row<Args>["plan"];
  readonly source: Source;
  /** What S3 says where a bucket has no such configuration, at a look and at the deletion. */
  readonly none?: string;
  put(inputs: Args): Promise<unknown>;
  get(bucketName: string): Promise<Record<string, unknown> | undefined>;
  remove(bucketName: string, props: Args): Promise<unknown>;
}): AnyRow {
  const gone = definition.none === undefined ? [NO_BUCKET] : [NO_BUCKET, definition.none];
  return row<Args>({
    args: definition.args,
    members: definition.members,
    checks: definition.checks,
    plan: definition.plan,
    source: definition.source,
    replaceOn: ["bucket"],
    computed: [],
    async create(inputs) {
      await definition.put(inputs);
      return { id: inputs.bucket, outputs: {} };
    },
    async read(id) {
      const there = await ifThere(definition.get(id), ...gone);
      return there && { bucket: id, ...there };
    },
    async update({ inputs }) {
      await definition.put(inputs);
    },
    async delete(id, props) {
      await ifThere(definition.remove(id, props), ...gone);
    },
  });
}

/** Why no configuration is waited for. */
export const CONSISTENT =
  "it does not look for minutes until a configuration is read back or is gone: the local S3 is consistent at once";
