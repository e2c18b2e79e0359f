import {
  CreateSecurityConfigurationCommand,
  DeleteSecurityConfigurationCommand,
  DescribeSecurityConfigurationCommand,
  EMRClient,
} from "@aws-sdk/client-emr";
import type * as aws from "@pulumi/aws";

import { json, length } from "../checks";
import { Plain, compactJson, ifFound, row } from "../row";

const emr = new EMRClient({});

/** EMR's words for a configuration that is not there: the same error tells of other things as well. */
const NOT_THERE = "does not exist";

type SecurityConfigurationArgs = Plain<aws.emr.SecurityConfigurationArgs> & {
  configuration: string;
};

export const securityConfiguration = row<SecurityConfigurationArgs>({
  args: ["configuration", "name", "namePrefix"],
  // AWS has no call that changes one.
  replaceOn: ["configuration", "name", "namePrefix"],
  computed: ["creationDate"],
  autoName: { input: "name", prefix: "namePrefix" },
  idOf: ({ name }) => name,
  checks: { configuration: json, name: length(0, 10_280), namePrefix: length(0, 10_254) },
  source: {
    file: "internal/service/emr/security_configuration.go",
  },
  async create({ name, configuration }) {
    const id = name as string;
    const { CreationDateTime } = await emr.send(
      new CreateSecurityConfigurationCommand({ Name: id, SecurityConfiguration: configuration }),
    );
    return { id, outputs: { creationDate: CreationDateTime?.toISOString() } };
  },
  async read(id) {
    const there = await ifFound(
      emr.send(new DescribeSecurityConfigurationCommand({ Name: id })),
      "InvalidRequestException",
      NOT_THERE,
    );
    return (
      there && {
        name: there.Name,
        configuration: compactJson(there.SecurityConfiguration ?? "{}"),
        creationDate: there.CreationDateTime?.toISOString(),
      }
    );
  },
  async delete(id) {
    await ifFound(
      emr.send(new DeleteSecurityConfigurationCommand({ Name: id })),
      "InvalidRequestException",
      NOT_THERE,
    );
  },
});
