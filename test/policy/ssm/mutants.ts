import { Mutant, RecordedResource, find } from "../mutant";

const PARAMETER = "aws:ssm/parameter:Parameter";

/** A further Airflow Variable. */
function variable(name: string, value: string) {
  return (resources: RecordedResource[]): void => {
    const model = find(resources, PARAMETER, "variables-redshift_db");
    resources.push({
      ...model,
      name: `variables-${name}`,
      props: {
        ...model.props,
        name: (model.props.name as string).replace(/[^/]+$/, name),
        value,
      },
      propertyDependencies: {},
    });
  };
}

/** Breaking changes to the parameters of a shipped stack. */
export const mutants: readonly Mutant[] = [
  {
    rule: "ssm-secure-string",
    what: "a password is kept in plain text",
    mutate: variable("redshift_password", "tr0ub4dor"),
    resource: "variables-redshift_password",
  },
  {
    rule: "ssm-secure-string",
    what: "a connection with a password is kept in plain text",
    stack: "dev",
    mutate: variable("warehouse", "redshift://airflow:tr0ub4dor@warehouse.example.com:5439/dev"),
    resource: "variables-warehouse",
  },
  {
    rule: "ssm-secure-string",
    what: "an access key is kept in plain text",
    stack: "local",
    mutate: variable("uploader", `${"AKIA"}IOSFODNN7EXAMPLE`),
    resource: "variables-uploader",
  },
];
