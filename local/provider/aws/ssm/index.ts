import type { AnyRow } from "../row";
import { parameter } from "./parameter";

export const rows: Readonly<Record<string, AnyRow>> = { "aws:ssm/parameter:Parameter": parameter };
