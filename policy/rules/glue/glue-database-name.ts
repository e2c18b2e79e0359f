import { GLUE_DATABASE } from "../../glue";
import { ResourceRule } from "../../rule";
import { textOf } from "../../text";

/** A database can be named in a query as it is. */
export const glueDatabaseName: ResourceRule = {
  name: "glue-database-name",
  description: "The name of a Glue database has lower-case letters, digits and underscores only.",
  severity: "medium",
  reason:
    "Glue turns capitals into small letters, so that every plan shows a change, and a query has to quote " +
    "any other sign.",
  remediationSteps:
    "Set name of the aws.glue.CatalogDatabase to lower-case letters, digits and underscores, 255 at most.",
  url: "https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html",
  types: [GLUE_DATABASE],
  check: ({ name: resource, props }, report) => {
    const name = textOf(props.name);
    if (name === undefined) {
      report(
        `The database ${resource} has no name, so that the provider makes one up, with a hyphen; name it.`,
      );
    } else if (!/^[a-z0-9_]{1,255}$/.test(name)) {
      report(
        `The database is called "${name}"; 1 to 255 lower-case letters, digits and underscores are needed.`,
      );
    }
  },
};
