import {
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyVersionCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
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

/** By role and policy, an inline one's name or a managed one's ARN: the document, as the stack has made it. */
type Documents = ReadonlyMap<string, ReadonlyMap<string, string>>;

async function documentsOf(iam: IAMClient, roles: readonly string[]): Promise<Documents> {
  const found = new Map<string, Map<string, string>>();
  for (const RoleName of roles) {
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    const documents = new Map<string, string>();
    for (const PolicyName of PolicyNames) {
      const { PolicyDocument = "" } = await iam.send(
        new GetRolePolicyCommand({ RoleName, PolicyName }),
      );
      documents.set(PolicyName, decodeURIComponent(PolicyDocument));
    }
    const { AttachedPolicies = [] } = await iam.send(
      new ListAttachedRolePoliciesCommand({ RoleName }),
    );
    for (const { PolicyArn = "" } of AttachedPolicies) {
      // AWS's own are not the stack's.
      if (!isAws(PolicyArn)) {
        documents.set(PolicyArn, (await managed(iam, PolicyArn)).text);
      }
    }
    found.set(RoleName, documents);
  }
  return found;
}

const isArn = (policy: string): boolean => policy.startsWith("arn:");
const isAws = (policyArn: string): boolean => policyArn.split(":")[4] === "aws";

/** The version of a managed policy that counts. */
async function managed(iam: IAMClient, PolicyArn: string): Promise<{ id: string; text: string }> {
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
  const id = Policy?.DefaultVersionId ?? "";
  const { PolicyVersion } = await iam.send(
    new GetPolicyVersionCommand({ PolicyArn, VersionId: id }),
  );
  return { id, text: decodeURIComponent(PolicyVersion?.Document ?? "") };
}

/** The policies of roles, of which actions are taken away for a while. */
export class Roles {
  private readonly taken = new Set<Pair>();
  private readonly now = new Map<string, Map<string, string | undefined>>();
  private written: Promise<void> = Promise.resolve();

  private constructor(
    private readonly iam: IAMClient,
    private readonly made: Documents,
  ) {}

  /** Reads the policies that are to be given back. */
  static async of(endpoint: Endpoint, roles: readonly string[]): Promise<Roles> {
    const iam = new IAMClient(clientConfig(endpoint));
    return new Roles(iam, await documentsOf(iam, roles));
  }

  /** What is not as the stack has made it, each on one line. */
  async changed(): Promise<string[]> {
    const now = await documentsOf(this.iam, [...this.made.keys()]);
    return [...this.made].flatMap(([role, documents]) =>
      [...documents].flatMap(([policy, text]) =>
        now.get(role)?.get(policy) === text
          ? []
          : [`the policy ${policy} of ${role} is not what it was`],
      ),
    );
  }

  /**
   * Does something while roles are without actions: none of their statements has them.
   *
   * @throws Error where no statement has one: nothing would be shown.
   */
  async without<T>(pairs: readonly Pair[], work: () => Promise<T>): Promise<T> {
    for (const { role, action } of pairs) {
      if (!this.statements(role).some(({ Action }) => [Action].flat().includes(action))) {
        throw new Error(`no statement of ${role} has ${action}`);
      }
    }
    const applied = async () => {
      for (const role of new Set(pairs.map((pair) => pair.role))) {
        await this.apply(role);
      }
    };
    pairs.forEach((pair) => this.taken.add(pair));
    try {
      await applied();
      return await work();
    } finally {
      pairs.forEach((pair) => this.taken.delete(pair));
      await applied();
    }
  }

  private statements(role: string): Document["Statement"] {
    return [...this.documents(role).values()].flatMap(
      (text) => (JSON.parse(text) as Document).Statement,
    );
  }

  private documents(role: string): ReadonlyMap<string, string> {
    return this.made.get(role) ?? new Map<string, string>();
  }

  /** Writes a role's policies with all that is not taken away now, one writer at a time. */
  private async apply(role: string): Promise<void> {
    this.written = this.written.then(async () => {
      const taken = [...this.taken].filter((pair) => pair.role === role);
      for (const [policy, text] of this.documents(role)) {
        if (taken.length === 0) {
          await this.put(role, policy, text);
          continue;
        }
        const document = JSON.parse(text) as Document;
        const left = document.Statement.map((statement) => ({
          ...statement,
          Action: [statement.Action]
            .flat()
            .filter((action) => !taken.some((pair) => pair.action === action)),
        })).filter(({ Action }) => Action.length > 0);
        await this.put(
          role,
          policy,
          left.length > 0 ? JSON.stringify({ ...document, Statement: left }) : undefined,
        );
      }
    });
    await this.written;
  }

  /** Writes a policy where it is not so yet; undefined: there is none. */
  private async put(role: string, policy: string, document: string | undefined): Promise<void> {
    const now = this.now.get(role) ?? new Map<string, string | undefined>();
    this.now.set(role, now);
    if (now.has(policy) && now.get(policy) === document) {
      return;
    }
    await (isArn(policy)
      ? this.putManaged(role, policy, document)
      : this.putInline(role, policy, document));
    now.set(policy, document);
  }

  private async putInline(role: string, PolicyName: string, document?: string): Promise<void> {
    const about = { RoleName: role, PolicyName };
    await (document === undefined
      ? this.iam.send(new DeleteRolePolicyCommand(about))
      : this.iam.send(new PutRolePolicyCommand({ ...about, PolicyDocument: document })));
  }

  private async putManaged(role: string, PolicyArn: string, document?: string): Promise<void> {
    const about = { RoleName: role, PolicyArn };
    if (document === undefined) {
      await this.iam.send(new DetachRolePolicyCommand(about));
      return;
    }
    const { id: VersionId } = await managed(this.iam, PolicyArn);
    await this.iam.send(
      new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: document, SetAsDefault: true }),
    );
    await this.iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    await this.iam.send(new AttachRolePolicyCommand(about));
  }
}
