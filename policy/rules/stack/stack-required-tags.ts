import { PolicyResource } from "@pulumi/policy";

import { StackRule } from "../../rule";
import { isTaggable } from "../../taggable";
import { Undecided, Unseen, known } from "../../unknown";

/** What can carry tags carries those that say whose it is. */
export const stackRequiredTags: StackRule = {
  name: "stack-required-tags",
  description: "Every resource that takes tags has the required ones, each with a value.",
  severity: "low",
  reason:
    "Costs, permissions by tag and the search for what a stack left behind all go by tags; what has none is " +
    "nobody's.",
  remediationSteps:
    "Give the resource the tags that are named, or set them as the provider's defaultTags.",
  url: "https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html",
  parameters: {
    required: {
      type: "array",
      items: { type: "string" },
      description: "Keys of the tags. Without any the rule asks for nothing.",
      default: [],
    },
    exempt: {
      type: "array",
      items: { type: "string" },
      description: "Types of resource that need none. An object is its bucket's.",
      default: [
        "aws:s3/bucketObject:BucketObject",
        "aws:s3/bucketObjectv2:BucketObjectv2",
        "aws:s3/objectCopy:ObjectCopy",
      ],
    },
  },
  subjects: (graph) => graph.resources.filter(({ type }) => /^aws:[A-Za-z0-9]+\//.test(type)),
  checkInStack: (resource, _graph, report, { required, exempt }) => {
    if ((required as string[]).length === 0 || (exempt as string[]).includes(resource.type)) {
      return;
    }
    const takesTags = isTaggable(resource.type);
    if (takesTags === undefined) {
      throw new Unseen(
        `the pack's @pulumi/aws has no ${resource.type}, so that it is not known whether it takes tags`,
      );
    }
    const missing = takesTags ? (required as string[]).filter((key) => !hasTag(resource, key)) : [];
    if (missing.length > 0) {
      report(
        `${resource.name} (${resource.type}) has no tag ${missing.join(", ")}; ` +
          `${(required as string[]).join(", ")} are needed, each with a value.`,
      );
    }
  },
};

/**
 * Own tags and the provider's default ones; a value that is not known yet is one.
 *
 * @throws UnknownValueError where the key is not among the known tags and there are others
 */
function hasTag({ props }: PolicyResource, key: string): boolean {
  const all = ["tags", "tagsAll"].map((property) =>
    known(() => ({ are: (props[property] ?? {}) as Record<string, unknown> })),
  );
  const isThere = all.some((tags) => {
    const value = tags && (known(() => ({ is: tags.are[key] ?? "" })) ?? { is: UNKNOWN_TAG });
    return value !== undefined && value.is !== "";
  });
  if (!isThere && all.includes(undefined)) {
    throw new Undecided(`whether it has the tag ${key} is not known yet`);
  }
  return isThere;
}

/** Stands for the value of a tag that has one, though not known yet. */
const UNKNOWN_TAG = "unknown";
