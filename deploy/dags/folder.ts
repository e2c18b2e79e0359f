import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";

import { UserError } from "../../local/setup/steps";

/** A DAG file of a deployment. */
export interface DeployedFile {
  /** Version of the object. */
  readonly versionId: string;
  /** SHA-256 of what is in it, in hexadecimal. */
  readonly hash: string;
  /** ETag of the object, as a list of the bucket shows it. */
  readonly etag: string;
}

/** A deployment of DAG files, as its record in the bucket tells it. */
export interface Deployment {
  /** Version of the record that this one came after; undefined for the first, and where nothing is before it. */
  readonly previous?: string;
  readonly files: Readonly<Record<string, DeployedFile>>;
}

/** A deployment with the version of its own record. */
export interface RecordedDeployment extends Deployment {
  readonly versionId: string;
}

/** A file that is to be deployed. */
export interface WantedFile {
  /** Path below the prefix. */
  readonly path: string;
  readonly hash: string;
  readonly content: Uint8Array;
}

/** What a deployment did: paths, those of files that are there with their versions. */
export interface Deployed {
  readonly versionId: string;
  readonly uploaded: Readonly<Record<string, string>>;
  readonly deleted: readonly string[];
}

/** Name of the record below the prefix. No DAG: the DAG processor looks at Python files. */
const RECORD = ".deployment.json";

/** Names of S3's errors for a version that is not there. */
const GONE: readonly string[] = ["NoSuchKey", "NoSuchVersion", "NotFound"];

/** The DAG folder of an environment in its versioned bucket: the only prefix that is read or written. */
export class DagBucket {
  public constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
    /** Without a slash at its end. */
    private readonly prefix: string,
  ) {}

  /**
   * The last deployment, or that of a version of its record; undefined where there was none.
   *
   * @throws UserError where the version is not kept any more
   */
  public async deployment(version?: string): Promise<RecordedDeployment | undefined> {
    // By a list: S3 denies a read of what is not there to a role that may not list all of the bucket.
    if (version === undefined && !(await this.there()).has(RECORD)) {
      return undefined;
    }
    const { content, versionId } = await this.read(RECORD, version);
    return { ...(JSON.parse(Buffer.from(content).toString()) as Deployment), versionId };
  }

  /**
   * Uploads what differs from the last deployment, the library before the DAGs that import it, then deletes what is
   * there and not wanted, and records the deployment.
   *
   * @param previous version of the record that a roll-back from this deployment goes to
   */
  public async deploy(
    wanted: readonly WantedFile[],
    last: RecordedDeployment | undefined,
    previous: string | undefined,
  ): Promise<Deployed> {
    const there = await this.there();
    const files: Record<string, DeployedFile> = {};
    const uploaded: Record<string, string> = {};
    for (const { path, hash, content } of [...wanted].sort(byDepth)) {
      const known = last?.files[path];
      // Also by the bucket's own word: somebody may have put another file there, or deleted it.
      if (known?.hash === hash && there.get(path) === known.etag) {
        files[path] = known;
        continue;
      }
      const { versionId, etag } = await this.put(path, content);
      uploaded[path] = versionId;
      files[path] = { versionId, hash, etag };
    }
    const deleted = [...there.keys()].filter((path) => path !== RECORD && !(path in files)).sort();
    for (const path of deleted) {
      await this.s3.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: this.key(path) }));
    }
    const unchanged = Object.keys(uploaded).length === 0 && deleted.length === 0;
    if (unchanged && last !== undefined) {
      return { versionId: last.versionId, uploaded, deleted };
    }
    const record: Deployment = { ...(previous === undefined ? {} : { previous }), files };
    const text = Buffer.from(`${JSON.stringify(record, undefined, 2)}\n`);
    const { versionId } = await this.put(RECORD, text);
    return { versionId, uploaded, deleted };
  }

  /**
   * Puts the files of an earlier deployment back, from the versions that it recorded.
   *
   * @throws UserError where there is none before the last one, or a version is not kept any more
   */
  public async rollBack(last: RecordedDeployment): Promise<Deployed> {
    if (last.previous === undefined) {
      throw new UserError(
        `There is no deployment before ${last.versionId} in s3://${this.bucket}/${this.prefix}/ to go back to.`,
      );
    }
    const target = (await this.deployment(last.previous)) as RecordedDeployment;
    const wanted: WantedFile[] = [];
    for (const [path, { versionId, hash }] of Object.entries(target.files)) {
      wanted.push({ path, hash, content: (await this.read(path, versionId)).content });
    }
    return this.deploy(wanted, last, target.previous);
  }

  /** ETags of the objects that are there, by their paths below the prefix. */
  private async there(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const pages = paginateListObjectsV2(
      { client: this.s3 },
      { Bucket: this.bucket, Prefix: `${this.prefix}/` },
    );
    for await (const { Contents = [] } of pages) {
      for (const { Key = "", ETag = "" } of Contents) {
        found.set(Key.slice(this.prefix.length + 1), ETag);
      }
    }
    return found;
  }

  private async read(path: string, VersionId?: string) {
    const object = { Bucket: this.bucket, Key: this.key(path), VersionId };
    try {
      const { Body, VersionId: found = "" } = await this.s3.send(new GetObjectCommand(object));
      const content = (await Body?.transformToByteArray()) ?? new Uint8Array();
      return { content, versionId: found };
    } catch (error) {
      if (VersionId === undefined || !GONE.includes((error as Error).name)) {
        throw error;
      }
      throw new UserError(
        `s3://${this.bucket}/${object.Key} has no version ${VersionId} any more: the bucket keeps old versions for ` +
          "oldVersionRetentionDays. Deploy the files of the commit to go back to.",
      );
    }
  }

  /** Puts an object, encrypted as the bucket encrypts. */
  private async put(path: string, Body: Uint8Array) {
    const object = { Bucket: this.bucket, Key: this.key(path), Body };
    const { VersionId, ETag = "" } = await this.s3.send(new PutObjectCommand(object));
    if (VersionId === undefined) {
      throw new UserError(
        `s3://${this.bucket} keeps no versions of ${object.Key}: MWAA asks for a versioned bucket. Turn versioning on.`,
      );
    }
    return { versionId: VersionId, etag: ETag };
  }

  private key(path: string): string {
    return `${this.prefix}/${path}`;
  }
}

/** Deeper files first: those of the library, which DAGs at the top import. */
function byDepth(one: WantedFile, other: WantedFile): number {
  const depth = ({ path }: WantedFile) => path.split("/").length;
  return depth(other) - depth(one) || (one.path < other.path ? -1 : 1);
}
