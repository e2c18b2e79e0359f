import type { AnyRow, Fn } from "../row";
import { getWorkgroup } from "./getWorkgroup";
import { namespace } from "./namespace";
import { workgroup } from "./workgroup";

export const rows: Readonly<Record<string, AnyRow>> = {
  "aws:redshiftserverless/namespace:Namespace": namespace,
  "aws:redshiftserverless/workgroup:Workgroup": workgroup,
};

export const functions: Readonly<Record<string, Fn>> = {
  "aws:redshiftserverless/getWorkgroup:getWorkgroup": getWorkgroup,
};
