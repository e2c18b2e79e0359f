import { Mutant, find } from "../mutant";

const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";

/** Breaking changes to the log groups of a shipped stack. */
export const mutants: readonly Mutant[] = [
  {
    rule: "logs-retention",
    what: "a log group keeps its events for ever",
    mutate: (resources) => {
      delete find(resources, LOG_GROUP, "airflow-task").props.retentionInDays;
    },
    resource: "airflow-task",
    // It looks at the groups of an environment, and this is one.
    alsoBreaks: ["mwaa-log-groups"],
  },
  {
    rule: "logs-retention",
    what: "a log group keeps its events for 0 days, which is for ever",
    stack: "dev",
    mutate: (resources) => {
      find(resources, LOG_GROUP, "airflow-task").props.retentionInDays = 0;
    },
    resource: "airflow-task",
    // It looks at the groups of an environment, and this is one.
    alsoBreaks: ["mwaa-log-groups"],
  },
  {
    rule: "logs-encryption",
    what: "a log group of production has no key",
    mutate: (resources) => {
      const group = find(resources, LOG_GROUP, "network-flow-logs");
      delete group.props.kmsKeyId;
      group.propertyDependencies = {};
    },
    resource: "network-flow-logs",
  },
];
