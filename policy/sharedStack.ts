import { createRequire } from "node:module";

import { PolicyResource } from "@pulumi/policy";

interface Request {
  getResourcesList(): unknown[];
}

/**
 * The resources of a stack, which the SDK makes once. By itself it makes objects of all of them for each rule of the
 * whole stack: a quarter of what a pack of many rules costs. It takes them from a list of the request, which is emptied
 * once the first rule has them. Where the SDK goes another way, each rule is given what the SDK made for it.
 */
export class SharedStack {
  private list: unknown[] | undefined;
  private resources: readonly PolicyResource[] = [];

  /** Watches which list the SDK takes a stack's resources from. */
  public constructor() {
    // The one that the SDK has, which need not be the one that lies beside this pack.
    const load = createRequire(createRequire(__filename).resolve("@pulumi/policy"));
    const { AnalyzeStackRequest } = load("@pulumi/pulumi/proto/analyzer_pb") as {
      AnalyzeStackRequest: { prototype: Request };
    };
    const taken = (list: unknown[]) => this.taken(list);
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the request that it is asked of
    const plain = AnalyzeStackRequest.prototype.getResourcesList;
    AnalyzeStackRequest.prototype.getResourcesList = function (this: Request) {
      return taken(plain.call(this));
    };
  }

  /**
   * The resources of the stack that is being judged.
   *
   * @param given what the SDK gives a rule: nothing, where an earlier rule was given them
   */
  public of(given: readonly PolicyResource[]): readonly PolicyResource[] {
    if (given.length > 0) {
      this.resources = given;
      this.list?.splice(0);
    }
    return this.resources;
  }

  private taken(list: unknown[]): unknown[] {
    if (list !== this.list) {
      this.list = list;
      this.resources = [];
    }
    return list;
  }
}
