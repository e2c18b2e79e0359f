/** What stands before the tables of `docs/policies.md`. */
export const PREAMBLE = `# Policies

<!-- Made by \`npm run docs\` from policy/. -->

The pack looks at a stack before anything is created: \`pulumi preview --policy-pack policy\`. A \`mandatory\` rule
stops a preview and an update, an \`advisory\` one is printed, a \`disabled\` one does not run, and one at the level
\`remediate\` mends what it can and is mandatory for the rest. A violation is printed with what to do and the AWS page
that says so.

\`\`\`
pulumi preview --policy-pack policy --policy-pack-config policy/config/prod.json
\`\`\`

What a first preview cannot know, since no id exists yet, is reported as "not checked yet" and decided by the same
rule at the update; it never passes silently. What no update decides either, such as the routes of a VPC that is not
of the stack, is reported once as "not applicable", and can be suppressed. A rule that fails itself is a violation.
The engine shows a pack what the resources are to be, and neither what they were nor what is done to them: that a
change replaces or deletes what holds data no rule can see, and \`stack-protect-matches-destroy\` asks for \`protect\`.

## On another program

The pack needs nothing of this project's program. It is a package of its own:

\`\`\`
cd policy && npm pack                                     # mwaa-analytics-policy-0.2.0.tgz
cd ../../other-program
npm install --save-dev ../mwaa-analytics/policy/mwaa-analytics-policy-0.2.0.tgz
pulumi preview --policy-pack node_modules/mwaa-analytics-policy
\`\`\`

Without \`--policy-pack-config\` only what AWS itself would refuse, or hang on, is mandatory. Three presets are in the
package's folder \`config\`:

| preset | refuses |
|---|---|
| \`fails-on-aws\` | what AWS refuses or hangs on; all else is off. What holds without a configuration |
| \`recommended\` | also what lets strangers in or loses data; the rest is advice |
| \`strict\` | everything but what is a matter of this project |

\`\`\`
pulumi preview --policy-pack node_modules/mwaa-analytics-policy \\
  --policy-pack-config node_modules/mwaa-analytics-policy/config/recommended.json
\`\`\`

A file of your own changes levels and parameters by rule; \`all\` is for the rules that it does not name, and \`remedy\`
says behind the rule's own remedy what to do in your program:

\`\`\`json
{
  "all": "advisory",
  "mwaa-two-private-subnets": "mandatory",
  "network-no-open-ingress": { "enforcementLevel": "mandatory", "allowed": [443] },
  "stack-required-tags": { "enforcementLevel": "mandatory", "required": ["CostCenter"] },
  "s3-encryption": { "remedy": "Use the component Store of the package @team/data." }
}
\`\`\`

A rule that the pack does not have, a key that a rule does not take and a value that it does not allow end the
preview before any resource is looked at.

The package has a command. \`npx --package ./mwaa-analytics-policy-0.2.0.tgz mwaa-analytics-policy …\` runs it without
installing:

| command | what it does |
|---|---|
| \`mwaa-analytics-policy rules --preset recommended\` | lists the rules with their levels |
| \`mwaa-analytics-policy explain s3-tls-only\` | says what a rule wants, why, and how to change its level |
| \`mwaa-analytics-policy check policies.json\` | checks a configuration; status 1 where it is wrong |
| \`mwaa-analytics-policy preset strict > policies.json\` | prints a preset to begin with |
| \`mwaa-analytics-policy report --format sarif events.jsonl\` | makes SARIF 2.1 of a preview, or JUnit (\`--format junit\`) |

The engine writes the events of a preview with
\`PULUMI_DEBUG_COMMANDS=true pulumi preview --event-log events.jsonl …\`. \`.github/workflows/preview.yml\` shows the
SARIF report with the files of a pull request.

Tried with the Pulumi CLI 3.245.0 and @pulumi/policy 1.21.0, which this project locks.

## Suppressing a rule

In the configuration, by rule: the resource's name or URN, its type, the component that it is in, or several of them,
which then all have to fit; a star stands for any text. A component is meant by its type or, of what is right in it, by
its name. A reason and the last day that the suppression holds are needed: without them the configuration is refused,
and past its date a suppression does not count.

\`\`\`json
{
  "s3-access-logging": {
    "suppress": [
      { "resource": "data-bucket", "reason": "CloudTrail records its data events", "expires": "2027-06-30" },
      { "component": "acme:web:Site", "reason": "Its content is public", "expires": "2027-06-30" }
    ]
  }
}
\`\`\`

What is suppressed is printed as advice with its reason, and a report has it as suppressed. A suppression that lets
nothing off is told by \`unused-suppressions\`; with \`"optional": true\` only where a resource is there that it fits: for a
configuration that serves several stacks.

## Levels

The first column of levels is what holds without a configuration.
`;
