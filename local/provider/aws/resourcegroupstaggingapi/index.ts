import { Fn, Properties } from "../row";
import { signedCall } from "../signed";

interface Answer extends Properties {
  readonly ResourceTagMappingList?: readonly {
    readonly ResourceARN: string;
    readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
  }[];
}

/**
 * Tags of resources that are named; those that are not there are left out, as by AWS. A list of names is never
 * answered in pages.
 */
const getResources: Fn = {
  source: {
    file: "internal/service/resourcegroupstaggingapi/resources_data_source.go",
    differences: ["it finds resources by their ARNs alone"],
  },
  args: ["resourceArnLists"],
  async call({ resourceArnLists }) {
    const { ResourceTagMappingList = [] }: Answer = await signedCall({
      method: "POST",
      path: "/",
      service: "tagging",
      headers: {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "ResourceGroupsTaggingAPI_20170126.GetResources",
      },
      body: JSON.stringify({ ResourceARNList: resourceArnLists }),
    });
    return {
      id: "aws",
      region: process.env.AWS_REGION,
      resourceArnLists,
      resourceTagMappingLists: ResourceTagMappingList.map(({ ResourceARN, Tags = [] }) => ({
        resourceArn: ResourceARN,
        tags: Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])),
        complianceDetails: [],
      })),
    };
  },
};

export const functions: Readonly<Record<string, Fn>> = {
  "aws:resourcegroupstaggingapi/getResources:getResources": getResources,
};
