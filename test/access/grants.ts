import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";

import { clientConfig } from "../../local/cli/cloud";
import { Endpoint } from "../../local/engine/endpoint";

interface Document {
  Statement: { Action: string | string[] }[];
}

/** An action that a role is granted. */
export interface Pair {
  readonly role: string;
  readonly action: string;
}

/** By role and policy: the document, as the stack has made it. */
type Documents = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The policies of roles, of which actions are taken away for a while. */
export class Roles {
  private constructor(
    private readonly iam: IAMClient,
    private readonly made: Documents,
  ) {}

  /** Reads the policies that are to be given back. */
  static async of(endpoint: Endpoint, roles: readonly string[]): Promise<Roles> {
    const iam = new IAMClient(clientConfig(endpoint));
    const made = new Map<string, Map<string, string>>();
    for (const RoleName of roles) {
      const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
      const documents = new Map<string, string>();
      for (const PolicyName of PolicyNames) {
        const { PolicyDocument = "" } = await iam.send(
          new GetRolePolicyCommand({ RoleName, PolicyName }),
        );
        documents.set(PolicyName, decodeURIComponent(PolicyDocument));
      }
      made.set(RoleName, documents);
    }
    return new Roles(iam, made);
  }

  /**
   * Does something while roles are without actions: none of their statements has them.
   *
   * @throws Error where no statement has one of them: nothing would be shown.
   */
  async without<T>(pairs: readonly Pair[], work: () => Promise<T>): Promise<T> {
    const roles = [...new Set(pairs.map(({ role }) => role))];
    try {
      for (const role of roles) {
        await this.take(
          role,
          pairs.filter((pair) => pair.role === role).map(({ action }) => action),
        );
      }
      return await work();
    } finally {
      for (const role of roles) {
        for (const [policy, document] of this.documents(role)) {
          await this.put(role, policy, document);
        }
      }
    }
  }

  private documents(role: string): ReadonlyMap<string, string> {
    return this.made.get(role) ?? new Map<string, string>();
  }

  private async take(role: string, actions: readonly string[]): Promise<void> {
    const missing = new Set(actions);
    for (const [policy, text] of this.documents(role)) {
      const document = JSON.parse(text) as Document;
      const left = document.Statement.map((statement) => ({
        ...statement,
        Action: [statement.Action].flat().filter((action) => {
          missing.delete(action);
          return !actions.includes(action);
        }),
      })).filter(({ Action }) => Action.length > 0);
      if (left.length > 0) {
        await this.put(role, policy, JSON.stringify({ ...document, Statement: left }));
      } else {
        await this.iam.send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName: policy }));
      }
    }
    if (missing.size > 0) {
      throw new Error(`no statement of ${role} has ${[...missing].join(", ")}`);
    }
  }

  private async put(role: string, policy: string, document: string): Promise<void> {
    await this.iam.send(
      new PutRolePolicyCommand({ RoleName: role, PolicyName: policy, PolicyDocument: document }),
    );
  }
}
