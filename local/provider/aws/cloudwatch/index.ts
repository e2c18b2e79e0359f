import type { AnyRow } from "../row";
import { logGroup } from "./logGroup";

export const rows: Readonly<Record<string, AnyRow>> = {
  "aws:cloudwatch/logGroup:LogGroup": logGroup,
};
