import { RecordedResource, find } from "./mutant";

/** Adds a resource of a type that the program does not make to a stack, tagged as the stack's others. */
export function add(
  resources: RecordedResource[],
  type: string,
  name: string,
  props: Record<string, unknown>,
  propertyDependencies: Record<string, string[]> = {},
): RecordedResource {
  const { tags, tagsAll } = find(resources, "aws:redshiftserverless/namespace:Namespace").props;
  const added = {
    type,
    name,
    props: { tags, tagsAll, ...props },
    propertyDependencies,
    protect: false,
  };
  resources.push(added);
  return added;
}
