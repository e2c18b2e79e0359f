import { isGiven } from "../../environments";
import { GLUE_CRAWLER } from "../../glue";
import { ResourceRule } from "../../rule";

/** A crawler writes nothing that is not encrypted. */
export const glueCrawlerSecurityConfiguration: ResourceRule = {
  name: "glue-crawler-security-configuration",
  description: "A Glue crawler has a security configuration.",
  severity: "medium",
  reason:
    "A crawler's logs name tables, columns and files, and are not encrypted with a key that the team " +
    "decides on otherwise.",
  remediationSteps:
    "Set securityConfiguration of the aws.glue.Crawler to the name of an aws.glue.SecurityConfiguration.",
  url: "https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html",
  also: ["CKV_AWS_195", "GL1"],
  types: [GLUE_CRAWLER],
  check: ({ name, props }, report) => {
    if (!isGiven(() => props.securityConfiguration)) {
      report(`securityConfiguration of the crawler ${name} is missing; the name of one is needed.`);
    }
  },
};
