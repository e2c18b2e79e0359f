import * as fs from "node:fs";
import * as path from "node:path";

import * as enums from "@pulumi/aws/types/enums";
import { unknownValue } from "@pulumi/pulumi/runtime";
import * as ts from "typescript";

import { ROOT } from "../../local/home";

/** A resource of an example in the documentation of `@pulumi/aws`, which comes from the official provider's. */
export interface Documented {
  readonly type: string;
  readonly name: string;
  /** What is not a literal in the example is not known. */
  readonly inputs: Record<string, unknown>;
}

/** The resources of these types in the examples that stand with the types' declarations. */
export function documented(types: readonly string[]): Documented[] {
  const tokens = new Map(types.map((type) => [constructorOf(type), type]));
  return types.flatMap((type) => {
    const file = path.join(ROOT, "node_modules/@pulumi/aws", `${type.split(":")[1]}.d.ts`);
    const text = fs.readFileSync(file, "utf8");
    const blocks = [...text.matchAll(/```typescript\n([\s\S]*?)```/g)].map(([, block]) =>
      block.replace(/^\s*\* ?/gm, "").replaceAll("*&#47;", "*/"),
    );
    return blocks.flatMap((block) => resourcesOf(block, tokens));
  });
}

/** How a program makes a type: `aws.ec2.Subnet` of `aws:ec2/subnet:Subnet`. */
function constructorOf(type: string): string {
  const [, place, name] = type.split(":");
  return `aws.${place.split("/")[0]}.${name}`;
}

function resourcesOf(block: string, tokens: ReadonlyMap<string, string>): Documented[] {
  const found: Documented[] = [];
  const source = ts.createSourceFile("example.ts", block, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && node.arguments !== undefined) {
      const type = tokens.get(node.expression.getText());
      const [name, inputs] = node.arguments;
      if (type !== undefined && inputs !== undefined && ts.isObjectLiteralExpression(inputs)) {
        found.push({
          type,
          name: name.getText(),
          inputs: literal(inputs) as Record<string, unknown>,
        });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function literal(node: ts.Expression): unknown {
  if (ts.isStringLiteralLike(node)) {
    return node.text;
  }
  if (ts.isNumericLiteral(node)) {
    return Number(node.text);
  }
  if (ts.isPrefixUnaryExpression(node) && ts.isNumericLiteral(node.operand)) {
    return -Number(node.operand.text);
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) {
    return node.kind === ts.SyntaxKind.TrueKeyword;
  }
  if (ts.isArrayLiteralExpression(node)) {
    return node.elements.map(literal);
  }
  if (ts.isObjectLiteralExpression(node)) {
    return Object.fromEntries(
      node.properties
        .filter(ts.isPropertyAssignment)
        .map((one) => [
          ts.isStringLiteralLike(one.name) ? one.name.text : one.name.getText(),
          literal(one.initializer),
        ]),
    );
  }
  return constant(node.getText()) ?? unknownValue;
}

/** A value of an enumeration: `aws.ssm.ParameterType.String`. */
function constant(text: string): string | undefined {
  const [root, service, name, member, ...more] = text.split(".");
  return root === "aws" && member !== undefined && more.length === 0
    ? (enums as unknown as Enumerations)[service]?.[name]?.[member]
    : undefined;
}

type Enumerations = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, string>> | undefined>> | undefined>
>;
