// The pipelines that a stack can list: a line for each, in the order in which they are created.
export { movieList } from "./movieList";
export { movielens } from "./movielens";
export { notebook } from "./notebook";
