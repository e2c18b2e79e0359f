import type { AnyRow } from "../row";
import { workgroup } from "./workgroup";

export const rows: Readonly<Record<string, AnyRow>> = {
  "aws:athena/workgroup:Workgroup": workgroup,
};
