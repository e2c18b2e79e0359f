import type { Deployment } from "./state";

/** An object of the stack that was made of files of this machine. */
export interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly contentType?: string;
  /** SHA-256 of what it was made of, in hexadecimal. */
  readonly hash: string;
  /** The file that it is, or those of an archive. */
  readonly files: readonly string[];
  /** Whether it is an archive of its files. */
  readonly archive: boolean;
}

/** The objects that files of this machine were made into, from the stack's state. */
export function uploadsOf({ resources = [] }: Deployment): Upload[] {
  return resources
    .filter(({ type }) => type === "aws:s3/bucketObjectv2:BucketObjectv2")
    .map(({ inputs = {} }) => ({
      bucket: inputs.bucket as string,
      key: inputs.key as string,
      contentType: inputs.contentType as string | undefined,
      hash: inputs.sourceHash as string,
      files: pathsOf(inputs.source),
      archive: (inputs.source as { assets?: unknown } | undefined)?.assets !== undefined,
    }))
    .filter(({ files }) => files.length > 0);
}

/** The files of an asset, or of an archive's members. */
function pathsOf(source: unknown): string[] {
  if (typeof source !== "object" || source === null) {
    return [];
  }
  const { path, assets } = source as { path?: string; assets?: Readonly<Record<string, unknown>> };
  return [...(path === undefined ? [] : [path]), ...Object.values(assets ?? {}).flatMap(pathsOf)];
}
