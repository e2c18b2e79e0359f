import type { JobFlow } from "../../emr/jobFlow";

/** What a cluster of notebooks has: those of the post, and Hadoop, which EMR brings with them. */
const NOTEBOOK_APPLICATIONS = ["Spark", "Hive", "Livy", "JupyterEnterpriseGateway"];

/**
 * How long Livy keeps a session, busy or not; its default of an hour would end a notebook at work. The
 * DAG gives an execution six hours.
 *
 * Source: https://github.com/apache/incubator-livy/blob/master/conf/livy.conf.template
 */
const LIVY_SESSION_TIMEOUT = "7h";

/** EC2 families with AMD processors, such as m5a and r5ad. */
const AMD = /^[a-z]+\d+a[a-z]*\./;

/**
 * RunJobFlow's request for a cluster that notebooks run on, without `Name`, `LogUri` and
 * `Instances.Ec2SubnetIds`, which are Variables of their own, as in the post.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-considerations.html
 *
 * @throws Error naming an instance type that notebooks do not run on.
 */
export function notebookJobFlow(flow: JobFlow): Readonly<Record<string, unknown>> {
  const types = flow.Instances.InstanceFleets.flatMap(({ InstanceTypeConfigs }) =>
    InstanceTypeConfigs.map(({ InstanceType }) => InstanceType),
  );
  const amd = types.find((type) => AMD.test(type));
  if (amd !== undefined) {
    throw new Error(
      `emr: ${amd} has AMD EPYC processors, which EMR notebooks do not support. Choose another ` +
        "masterInstanceType and coreInstanceType, such as m5.xlarge, or leave the pipeline notebook out.",
    );
  }
  const { LogUri: _, Instances, Configurations, ...request } = flow;
  const { Ec2SubnetIds: __, ...instances } = Instances;
  return {
    ...request,
    Applications: NOTEBOOK_APPLICATIONS.map((Name) => ({ Name })),
    Instances: instances,
    Configurations: [
      ...Configurations,
      { Classification: "hive-site", Properties: { "hive.execution.engine": "spark" } },
      {
        Classification: "livy-conf",
        Properties: { "livy.server.session.timeout": LIVY_SESSION_TIMEOUT },
      },
    ],
  };
}
