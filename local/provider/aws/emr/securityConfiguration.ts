import {
  CreateSecurityConfigurationCommand,
  DeleteSecurityConfigurationCommand,
  DescribeSecurityConfigurationCommand,
  EMRClient,
} from "@aws-sdk/client-emr";
import type * as aws from "@pulumi/aws";

import { Plain, compactJson, ifThere, row } from "../row";

const emr = new EMRClient({});

type SecurityConfigurationArgs = Plain<aws.emr.SecurityConfigurationArgs> & {
  configuration: string;
};

export const securityConfiguration = row<SecurityConfigurationArgs>({
  args: ["configuration", "name", "namePrefix"],
  // AWS has no call that changes one.
  replaceOn: ["configuration", "name", "namePrefix"],
  computed: ["creationDate"],
  autoName: { input: "name", prefix: "namePrefix", maxLength: 280 },
  idOf: ({ name }) => name,
  async create({ name, configuration }) {
    const id = name as string;
    const { CreationDateTime } = await emr.send(
      new CreateSecurityConfigurationCommand({ Name: id, SecurityConfiguration: configuration }),
    );
    return { id, outputs: { creationDate: CreationDateTime?.toISOString() } };
  },
  async read(id) {
    const there = await ifThere(
      emr.send(new DescribeSecurityConfigurationCommand({ Name: id })),
      "InvalidRequestException",
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
    await ifThere(
      emr.send(new DeleteSecurityConfigurationCommand({ Name: id })),
      "InvalidRequestException",
    );
  },
});
