import { Fn } from "../row";
import { bucketOutputs, bucketTags } from "./bucket";

export const getBucket: Fn = {
  source: {
    file: "internal/service/s3/bucket_data_source.go",
    differences: [
      "`hostedZoneId` and what is said of a website are left out: nothing reads them",
      "it takes a bucket's name alone, not an access point",
    ],
  },
  args: ["bucket"],
  async call({ bucket }) {
    const name = bucket as string;
    if ((await bucketTags(name)) === undefined) {
      throw new Error(`reading S3 Bucket (${name}): couldn't find resource`);
    }
    return { id: name, bucket: name, ...bucketOutputs(name) };
  },
};
