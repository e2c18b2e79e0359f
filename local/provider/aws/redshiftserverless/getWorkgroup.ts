import { Fn } from "../row";
import { readWorkgroup } from "./workgroup";

export const getWorkgroup: Fn = {
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
      tags: ____,
      ...result
    } = there;
    return { id: workgroupName, ...result };
  },
};
