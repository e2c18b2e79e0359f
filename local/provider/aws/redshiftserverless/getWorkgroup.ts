import { Fn } from "../row";
import { readWorkgroup } from "./workgroup";

export const getWorkgroup: Fn = {
  source: {
    file: "internal/service/redshiftserverless/workgroup_data_source.go",
    differences: ["the network of an endpoint is left out: nothing reads it"],
  },
  args: ["workgroupName"],
  async call({ workgroupName }) {
    const there = await readWorkgroup(workgroupName as string);
    if (there === undefined) {
      throw new Error(`there is no Redshift Serverless workgroup "${workgroupName as string}"`);
    }
    const {
      baseCapacity: _,
      configParameters: __,
      maxCapacity: ___,
      port: ____,
      tags: _____,
      ...result
    } = there;
    return { id: workgroupName, ...result };
  },
};
