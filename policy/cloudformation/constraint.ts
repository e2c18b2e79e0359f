/**
 * What CloudFormation's schema says of one argument of a resource, under Pulumi's name of it. The files in `types/`
 * hold these as JSON; `npm run schemas` makes them.
 */
export interface Constraint {
  /**
   * Property of CloudFormation's that the argument is, seen from the property around it; with dots where it lies
   * deeper: `DatabaseInput.Name`. `[]` stands for the one element of a list.
   */
  readonly name: string;
  readonly kind: Kind;
  /** Of a text: a regular expression that has to fit somewhere in it. */
  readonly pattern?: string;
  /** Of a text or number: the values that there are. */
  readonly enum?: readonly (string | number)[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Of a list. */
  readonly minItems?: number;
  readonly maxItems?: number;
  /** Of a list or map: what holds for each value in it. */
  readonly items?: Constraint;
  /** Of a map: what holds for each key in it. */
  readonly keys?: Constraint;
  /** Of an object: what holds for its members, and among them. */
  readonly members?: Members;
}

/**
 * What becomes of the value in CloudFormation: `json` is the text of a document, `tags` a map that is a list of keys
 * and values there, `one` a value that is a list of one there, `any` something that is not looked at.
 */
export type Kind =
  "string" | "number" | "boolean" | "list" | "map" | "object" | "json" | "tags" | "one" | "any";

/** What holds among the members of an object: each list names arguments. */
export interface Members {
  readonly properties: Readonly<Record<string, Constraint>>;
  readonly required?: readonly string[];
  /** Of each of these lists exactly one is given. */
  readonly exactlyOne?: readonly (readonly string[])[];
  /** Of each of these lists at least one is given. */
  readonly atLeastOne?: readonly (readonly string[])[];
  /** Where the key is given, none of the others may be. */
  readonly excludes?: Readonly<Record<string, readonly string[]>>;
  /** Where the key is given, all of the others have to be. */
  readonly requires?: Readonly<Record<string, readonly string[]>>;
}

/** What is known of a resource type. */
export interface TypeConstraints extends Members {
  /** The type's name in CloudFormation. */
  readonly type: string;
  /** Arguments that CloudFormation has no property for, or that are something else there. */
  readonly notJudged: readonly string[];
}

/** A row of `names.json`: how Pulumi's names of a type differ from CloudFormation's. */
export interface Names {
  /** The type's name in CloudFormation. */
  readonly type: string;
  /**
   * Of what is a property of another resource there: the argument that names that resource. What it has and this
   * type has not is not asked for.
   */
  readonly partOf?: string;
  /** The one property of the resource there that holds what the arguments are, such as `BackupPlan`. */
  readonly within?: string;
  /**
   * Arguments with another name there, by their path: a path of CloudFormation's below what is around the argument.
   * Names that differ in case, in number or by the resource's name before them are found without.
   */
  readonly properties?: Readonly<Record<string, string>>;
  /** Arguments that CloudFormation has no property for, by path, with what they are. */
  readonly without?: Readonly<Record<string, string>>;
  /** What CloudFormation is told beside an argument that is given, by the argument's name. */
  readonly implies?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** What CloudFormation asks for and the provider fills in itself, by path. */
  readonly filledIn?: readonly string[];
  /** Arguments whose constraint is left out, by path, with the reason: the provider or the service takes more. */
  readonly looser?: Readonly<Record<string, string>>;
  /** What AWS's API says and CloudFormation's schema does not, by path. */
  readonly stricter?: Readonly<Record<string, Stricter>>;
}

/** A constraint of the API's own, and the page that has it. */
export interface Stricter extends Partial<
  Pick<Constraint, "pattern" | "enum" | "minLength" | "maxLength" | "minimum" | "maximum">
> {
  /** It has to be given where what is around it is. */
  readonly required?: true;
  readonly source: string;
}

/** `names.json`. */
export interface NameTable {
  readonly types: Readonly<Record<string, Names>>;
  /** Arguments of any type that CloudFormation has no property for, with what they are. */
  readonly everywhere: Readonly<Record<string, string>>;
  /** Types that CloudFormation has no resource for, and why. */
  readonly without: Readonly<Record<string, string>>;
}
