import type { AnyRow } from "../row";
import { environment } from "./environment";

export const rows: Readonly<Record<string, AnyRow>> = {
  "aws:mwaa/environment:Environment": environment,
};
