import { ResourceRule } from "../../rule";
import { ENVIRONMENT } from "../../types";
import { shown } from "../../shown";

/** In production the web server cannot be reached from the internet. */
export const mwaaPrivateWebserver: ResourceRule = {
  name: "mwaa-private-webserver",
  description: "The web server of an MWAA environment is reached through its VPC only.",
  severity: "high",
  reason: "A public web server is one stolen token away from everything that the DAGs may do.",
  remediationSteps: 'Set webserverAccessMode to "PRIVATE_ONLY".',
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/configuring-networking.html",
  also: ["CKV2_AWS_66"],
  types: [ENVIRONMENT],
  check: ({ props }, report) => {
    // MWAA's own default is private.
    const mode = shown(props.webserverAccessMode ?? "PRIVATE_ONLY");
    if (mode !== "PRIVATE_ONLY") {
      report(`webserverAccessMode is ${mode}; PRIVATE_ONLY is needed.`);
    }
  },
};
