import type * as pulumi from "@pulumi/pulumi";

/**
 * Options of a resource that holds data or protects it.
 *
 * Unless the stack allows destruction, the engine refuses to delete the resource, and should
 * somebody lift that protection, deleting it from the stack still leaves it in the account.
 */
export function keepUnless(
  forceDestroy: boolean,
): Pick<pulumi.CustomResourceOptions, "protect" | "retainOnDelete"> {
  return forceDestroy ? {} : { protect: true, retainOnDelete: true };
}
