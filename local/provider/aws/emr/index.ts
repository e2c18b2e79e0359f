import type { AnyRow } from "../row";
import { securityConfiguration } from "./securityConfiguration";

export const rows: Readonly<Record<string, AnyRow>> = {
  "aws:emr/securityConfiguration:SecurityConfiguration": securityConfiguration,
};
