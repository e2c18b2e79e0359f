/** The request for an EMR cluster, as far as it is looked at here. */
interface RunJobFlow extends Record<string, unknown> {
  readonly Instances: Record<string, unknown> & {
    readonly InstanceFleets: readonly InstanceFleet[];
  };
  readonly Configurations?: readonly Configuration[];
}

interface InstanceFleet extends Record<string, unknown> {
  readonly InstanceFleetType: "MASTER" | "CORE" | "TASK";
}

interface Configuration {
  readonly Classification: string;
  readonly Properties: Readonly<Record<string, string>>;
}

/**
 * A `RunJobFlow` request as the properties of an `AWS::EMR::Cluster`, which has the fleets of instances by type and
 * another word for a configuration's properties.
 */
export function emrCluster(request: RunJobFlow): Record<string, unknown> {
  const { InstanceFleets, ...instances } = request.Instances;
  const fleet = (type: string): Record<string, unknown>[] =>
    InstanceFleets.filter(({ InstanceFleetType }) => InstanceFleetType === type).map(
      ({ InstanceFleetType: _, ...properties }) => properties,
    );
  return {
    ...request,
    Instances: {
      ...instances,
      MasterInstanceFleet: fleet("MASTER")[0],
      CoreInstanceFleet: fleet("CORE")[0],
      ...(fleet("TASK").length === 0 ? {} : { TaskInstanceFleets: fleet("TASK") }),
    },
    Configurations: request.Configurations?.map(({ Classification, Properties }) => ({
      Classification,
      ConfigurationProperties: Properties,
    })),
  };
}
