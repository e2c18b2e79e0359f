import * as fs from "node:fs";
import * as path from "node:path";

import * as ts from "typescript";

/** What a resource of Pulumi's takes at one place, as its declarations say. */
export type Argument =
  | { readonly kind: "string" | "number" | "boolean" | "any" }
  | { readonly kind: "list" | "map"; readonly of: Argument }
  | { readonly kind: "object"; readonly members: Readonly<Record<string, Member>> };

export interface Member {
  readonly argument: Argument;
  readonly optional: boolean;
}

type Interfaces = ReadonlyMap<string, ts.InterfaceDeclaration>;

/** Deepest nesting that is followed: some of AWS's structures contain themselves. */
const DEPTH = 7;

/** Reads the arguments of resource types from the declarations of `@pulumi/aws`. */
export class Arguments {
  private readonly nested: Interfaces;

  public constructor(private readonly folder: string) {
    this.nested = interfacesOf(path.join(folder, "types", "input.d.ts"));
  }

  /** Arguments of a type such as `aws:ec2/subnet:Subnet`, by name. */
  public of(type: string): Readonly<Record<string, Member>> {
    const [, place, name] = type.split(":");
    const declared = interfacesOf(path.join(this.folder, `${place}.d.ts`)).get(`${name}Args`);
    if (declared === undefined) {
      throw new Error(`${type} has no arguments in ${this.folder}`);
    }
    return this.members(declared, 0);
  }

  private members(declared: ts.InterfaceDeclaration, depth: number): Record<string, Member> {
    return Object.fromEntries(
      declared.members.filter(ts.isPropertySignature).map((property) => [
        (property.name as ts.Identifier).text,
        {
          argument: this.argument(property.type, depth),
          optional: property.questionToken !== undefined,
        },
      ]),
    );
  }

  private argument(node: ts.TypeNode | undefined, depth: number): Argument {
    if (node === undefined || depth > DEPTH) {
      return { kind: "any" };
    }
    if (ts.isUnionTypeNode(node)) {
      const kinds = node.types
        .filter(({ kind }) => kind !== ts.SyntaxKind.UndefinedKeyword)
        .map((one) => this.argument(one, depth));
      // A text or a resource, a text or a document: the engine hands on the text.
      return kinds.find(({ kind }) => kind === "string") ?? kinds[0] ?? { kind: "any" };
    }
    if (ts.isArrayTypeNode(node)) {
      return { kind: "list", of: this.argument(node.elementType, depth) };
    }
    if (ts.isTypeLiteralNode(node)) {
      const [index] = node.members.filter(ts.isIndexSignatureDeclaration);
      return { kind: "map", of: this.argument(index?.type, depth) };
    }
    return ts.isTypeReferenceNode(node) ? this.named(node, depth) : { kind: keyword(node) };
  }

  private named(node: ts.TypeReferenceNode, depth: number): Argument {
    const name = node.typeName.getText();
    if (name.endsWith("Input")) {
      return this.argument(node.typeArguments?.[0], depth);
    }
    if (!name.startsWith("inputs.")) {
      // An enumeration, an ARN or a resource.
      return { kind: "string" };
    }
    const declared = this.nested.get(name.slice("inputs.".length));
    return declared === undefined
      ? { kind: "any" }
      : { kind: "object", members: this.members(declared, depth + 1) };
  }
}

function keyword({ kind }: ts.TypeNode): "string" | "number" | "boolean" | "any" {
  switch (kind) {
    case ts.SyntaxKind.StringKeyword:
      return "string";
    case ts.SyntaxKind.NumberKeyword:
      return "number";
    case ts.SyntaxKind.BooleanKeyword:
      return "boolean";
    default:
      return "any";
  }
}

/** The interfaces that a file declares, by name with the namespaces before it. */
function interfacesOf(file: string): Interfaces {
  const found = new Map<string, ts.InterfaceDeclaration>();
  const source = ts.createSourceFile(
    file,
    fs.readFileSync(file, "utf8"),
    ts.ScriptTarget.Latest,
    true,
  );
  const visit = (node: ts.Node, prefix: string): void => {
    if (ts.isInterfaceDeclaration(node)) {
      found.set(`${prefix}${node.name.text}`, node);
    } else if (ts.isModuleDeclaration(node)) {
      ts.forEachChild(node, (child) => visit(child, `${prefix}${node.name.text}.`));
    } else if (ts.isModuleBlock(node) || ts.isSourceFile(node)) {
      ts.forEachChild(node, (child) => visit(child, prefix));
    }
  };
  visit(source, "");
  return found;
}
