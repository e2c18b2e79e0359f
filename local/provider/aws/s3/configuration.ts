import { AnyRow, Properties, ifThere, row } from "../row";
import { GONE } from "./client";

/** A part of a bucket's configuration: written whole by one call, known by the bucket's name. */
export function configuration<Args extends { bucket: string }>(definition: {
  readonly args: readonly (keyof Args & string)[];
  readonly members?: AnyRow["members"];
  put(inputs: Args): Promise<unknown>;
  get(bucketName: string): Promise<Properties | undefined>;
  remove(bucketName: string): Promise<unknown>;
}): AnyRow {
  return row<Args>({
    args: definition.args,
    members: definition.members,
    replaceOn: ["bucket"],
    computed: [],
    async create(inputs) {
      await definition.put(inputs);
      return { id: inputs.bucket, outputs: {} };
    },
    async read(id) {
      const there = await definition.get(id);
      return there && { bucket: id, ...there };
    },
    async update({ inputs }) {
      await definition.put(inputs);
    },
    async delete(id) {
      await ifThere(definition.remove(id), ...GONE);
    },
  });
}
