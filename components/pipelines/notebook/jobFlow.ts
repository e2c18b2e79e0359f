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

/**
 * RunJobFlow's request for a cluster that notebooks run on, without `Name`, `LogUri` and
 * `Instances.Ec2SubnetIds`, which are Variables of their own, as in the post.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-considerations.html
 */
export function notebookJobFlow(flow: JobFlow): Readonly<Record<string, unknown>> {
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
