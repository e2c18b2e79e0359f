import type { Pipeline } from "../pipeline";
import * as list from "./list";

/** The pipelines that a stack can list. */
export const PIPELINES: readonly Pipeline[] = Object.values(list);
