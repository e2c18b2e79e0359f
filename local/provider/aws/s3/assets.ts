import * as fs from "node:fs";

import AdmZip from "adm-zip";

import { ASSET_SIGNATURE } from "../row";

/** The parts of a serialised asset or archive. */
interface Asset {
  readonly path?: string;
  readonly text?: string;
  readonly assets?: Readonly<Record<string, Asset>>;
}

/** The content of an asset of the engine's; that of an archive is its zip. */
export function contentOf(source: unknown): Buffer {
  if (typeof source !== "object" || source === null || !(ASSET_SIGNATURE in source)) {
    throw new Error("source is neither an asset nor an archive");
  }
  const asset = source as Asset;
  if (asset.assets !== undefined) {
    const zip = new AdmZip();
    for (const name of Object.keys(asset.assets).sort()) {
      zip.addFile(name, contentOf(asset.assets[name]));
      // A constant time: the same members give the same bytes.
      const entry = zip.getEntry(name);
      if (entry !== null) {
        entry.header.time = new Date(Date.UTC(1980, 0, 1));
      }
    }
    return zip.toBuffer();
  }
  if (asset.path !== undefined) {
    return fs.readFileSync(asset.path);
  }
  if (asset.text !== undefined) {
    return Buffer.from(asset.text);
  }
  throw new Error("an asset from an address is not supported by the laptop target");
}
