import type { Pipeline } from "../pipeline";
import { movieList } from "./movieList";
import { movielens } from "./movielens";
import { notebook } from "./notebook";

/** The pipelines that a stack can list. */
export const PIPELINES: readonly Pipeline[] = [movieList, movielens, notebook];
