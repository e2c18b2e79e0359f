import type { AnyRow } from "../row";
import { alias } from "./alias";
import { key } from "./key";

export const rows: Readonly<Record<string, AnyRow>> = {
  "aws:kms/key:Key": key,
  "aws:kms/alias:Alias": alias,
};
