import { Fn, Properties } from "../row";
import { signedCall } from "../signed";

interface Answer extends Properties {
  readonly ResourceDescription: { readonly Identifier: string; readonly Properties: string };
}

/** A resource as its CloudFormation type describes it, as JSON. */
const getResource: Fn = {
  source: {
    file: "internal/service/cloudcontrol/resource_data_source.go",
    differences: ["`roleArn` and `typeVersionId` are left out: nothing gives them"],
  },
  args: ["identifier", "typeName"],
  async call({ identifier, typeName }) {
    const { ResourceDescription: found } = (await signedCall({
      method: "POST",
      path: "/",
      service: "cloudcontrolapi",
      headers: {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "CloudApiService.GetResource",
      },
      body: JSON.stringify({ TypeName: typeName, Identifier: identifier }),
    })) as Answer;
    return { id: found.Identifier, identifier, typeName, properties: found.Properties };
  },
};

export const functions: Readonly<Record<string, Fn>> = {
  "aws:cloudcontrol/getResource:getResource": getResource,
};
