import { Fn } from "../row";
import { bucketOutputs, bucketTags } from "./bucket";

export const getBucket: Fn = {
  args: ["bucket"],
  async call({ bucket }) {
    const name = bucket as string;
    if ((await bucketTags(name)) === undefined) {
      throw new Error(`there is no bucket "${name}"`);
    }
    return { id: name, bucket: name, ...bucketOutputs(name) };
  },
};
