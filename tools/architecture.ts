/** A registered resource, as far as the picture needs it. */
export interface Registered {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly dependencies: readonly string[];
}

/** A component at the top of the stack, with all that is below it. */
interface Node {
  readonly id: string;
  readonly label: string;
  readonly types: Map<string, number>;
  readonly uses: Set<string>;
}

/** Types that say what a component is for; the others are counted only. */
const TELLING =
  /:(Vpc|VpcEndpoint|Bucket|Environment|Workgroup|Namespace|Cluster|CatalogDatabase|Job|Crawler|StateMachine|Topic|Parameter|Role|Key|InstanceProfile)$/;

/**
 * The components of a stack and what each depends on, as a Mermaid flow chart. Edges that follow from others
 * are left out.
 *
 * @param isPipeline whether components of a type are a pipeline's
 */
export function architecture(
  registered: readonly Registered[],
  isPipeline: (type: string) => boolean,
): string {
  const byUrn = new Map(registered.map((one) => [one.urn, one]));
  const topOf = (one: Registered): Registered => {
    const parent = byUrn.get(one.parent);
    return parent === undefined ? one : topOf(parent);
  };
  const nodes = new Map<string, Node>();
  for (const one of registered.filter((found) => topOf(found) === found)) {
    const kind = one.type.split(":").at(-1) ?? "";
    nodes.set(one.urn, { id: kind, label: kind, types: new Map(), uses: new Set() });
  }
  for (const one of registered) {
    const node = nodes.get(topOf(one).urn) as Node;
    if (TELLING.test(one.type)) {
      const type = one.type.split(":").at(-1) ?? "";
      node.types.set(type, (node.types.get(type) ?? 0) + 1);
    }
    for (const urn of one.dependencies) {
      const other = byUrn.get(urn);
      const used = other === undefined ? undefined : nodes.get(topOf(other).urn);
      if (used !== undefined && used !== node) {
        node.uses.add(used.id);
      }
    }
  }
  const sorted = [...nodes.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const types = new Map([...nodes].map(([urn, { id }]) => [id, byUrn.get(urn)?.type ?? ""]));
  const group = (title: string, wanted: boolean): string[] => {
    const members = sorted.filter(({ id }) => isPipeline(types.get(id) ?? "") === wanted);
    return [`  subgraph ${title}`, ...members.map((node) => `    ${shape(node)}`), "  end"];
  };
  return [
    "flowchart LR",
    ...group("platform", false),
    ...group("pipelines", true),
    ...sorted.flatMap(({ id }) => {
      const used = edges(sorted).flatMap(([from, to]) => (from === id ? [to] : []));
      return used.length === 0 ? [] : [`  ${id} --> ${used.join(" & ")}`];
    }),
  ].join("\n");
}

function shape({ id, label, types }: Node): string {
  const told = [...types]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, count]) => (count === 1 ? type : `${count} ${type}`));
  return `${id}["${[label, ...told].join("<br/>")}"]`;
}

/** What each uses directly, without what follows from that. */
function edges(nodes: readonly Node[]): [string, string][] {
  const uses = new Map(nodes.map((node) => [node.id, node.uses]));
  const reach = (from: string, seen = new Set<string>()): Set<string> => {
    for (const next of uses.get(from) ?? []) {
      if (!seen.has(next)) {
        seen.add(next);
        reach(next, seen);
      }
    }
    return seen;
  };
  return nodes.flatMap(({ id, uses: direct }) =>
    [...direct]
      .filter((to) => ![...direct].some((other) => other !== to && reach(other).has(to)))
      .sort()
      .map((to): [string, string] => [id, to]),
  );
}
