import { createHash } from "node:crypto";

import { Severity } from "@pulumi/policy";

import { About } from "../rule";
import { Finding, Outcome, Run } from "./events";

/** The tool that a report is of. */
export interface Tool {
  readonly name: string;
  readonly version: string;
  readonly rules: readonly About[];
}

const SCHEMA =
  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

const LEVELS: Readonly<Record<Outcome, string>> = {
  refused: "error",
  advice: "warning",
  suppressed: "warning",
  undecided: "note",
};

/** GitHub orders alerts by this number: https://docs.github.com/en/code-security/code-scanning */
const SCORES: Readonly<Record<Severity, string>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "2.0",
};

/**
 * A run as SARIF 2.1.0, which code scanning of GitHub and others show.
 *
 * @param file file that the findings are shown at, relative to the repository: the engine knows no lines
 */
export function sarif(run: Run, tool: Tool, file: string): object {
  const used = tool.rules.filter(({ name }) => run.findings.some(({ rule }) => rule === name));
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: tool.name,
            version: tool.version,
            rules: used.map(ruleOf),
          },
        },
        invocations: [
          {
            executionSuccessful: run.errors.length === 0,
            toolExecutionNotifications: run.errors.map((text) => ({
              level: "error",
              message: { text },
            })),
          },
        ],
        results: run.findings.map((finding) =>
          resultOf(
            finding,
            used.findIndex(({ name }) => name === finding.rule),
            file,
          ),
        ),
      },
    ],
  };
}

function ruleOf({ name, description, reason, remediationSteps, url, severity, also }: About) {
  return {
    id: name,
    shortDescription: { text: description },
    fullDescription: { text: `${description} ${reason}` },
    help: { text: `${remediationSteps}\n${url}`, markdown: `${remediationSteps}\n\n<${url}>` },
    helpUri: url,
    properties: {
      "security-severity": SCORES[severity],
      tags: ["aws", name.split("-")[0], ...(also ?? [])],
    },
  };
}

function resultOf({ rule, urn, message, outcome, reason }: Finding, index: number, file: string) {
  return {
    ruleId: rule,
    ...(index < 0 ? {} : { ruleIndex: index }),
    level: LEVELS[outcome],
    message: { text: message },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: file }, region: { startLine: 1 } },
        ...(urn === undefined
          ? {}
          : {
              logicalLocations: [
                {
                  name: urn.split("::").slice(3).join("::"),
                  fullyQualifiedName: urn,
                  kind: "resource",
                },
              ],
            }),
      },
    ],
    partialFingerprints: {
      "ruleAndResource/v1": createHash("sha256")
        .update(`${rule}\n${urn ?? ""}\n${message}`)
        .digest("hex"),
    },
    ...(outcome === "suppressed"
      ? { suppressions: [{ kind: "external", status: "accepted", justification: reason ?? "" }] }
      : {}),
  };
}
