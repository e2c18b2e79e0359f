/** The request for an EMR cluster, as far as it is looked at here. */
interface RunJobFlow extends Record<string, unknown> {
  readonly Instances: Record<string, unknown> & {
    readonly InstanceGroups: readonly InstanceGroup[];
  };
  readonly Configurations?: readonly Configuration[];
}

interface InstanceGroup extends Record<string, unknown> {
  readonly InstanceRole: "MASTER" | "CORE" | "TASK";
}

interface Configuration {
  readonly Classification: string;
  readonly Properties: Readonly<Record<string, string>>;
}

/**
 * A `RunJobFlow` request as the properties of an `AWS::EMR::Cluster`, which has the groups of instances by role and
 * another word for a configuration's properties.
 */
export function emrCluster(request: RunJobFlow): Record<string, unknown> {
  const { InstanceGroups, ...instances } = request.Instances;
  const group = (role: string): Record<string, unknown>[] =>
    InstanceGroups.filter(({ InstanceRole }) => InstanceRole === role).map(
      ({ InstanceRole: _, ...properties }) => properties,
    );
  return {
    ...request,
    Instances: {
      ...instances,
      MasterInstanceGroup: group("MASTER")[0],
      CoreInstanceGroup: group("CORE")[0],
      ...(group("TASK").length === 0 ? {} : { TaskInstanceGroups: group("TASK") }),
    },
    Configurations: request.Configurations?.map(({ Classification, Properties }) => ({
      Classification,
      ConfigurationProperties: Properties,
    })),
  };
}
