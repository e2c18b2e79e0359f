import { RecordedResource } from "../test/policy/mutant";

type Value = unknown;

/** Types whose names in Terraform do not follow from Pulumi's; null where Terraform has no such resource. */
const TYPES: Readonly<Record<string, string>> = {
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "aws_default_security_group",
  "aws:ec2/eip:Eip": "aws_eip",
  "aws:ec2/flowLog:FlowLog": "aws_flow_log",
  "aws:ec2/internetGateway:InternetGateway": "aws_internet_gateway",
  "aws:ec2/natGateway:NatGateway": "aws_nat_gateway",
  "aws:ec2/route:Route": "aws_route",
  "aws:ec2/routeTable:RouteTable": "aws_route_table",
  "aws:ec2/routeTableAssociation:RouteTableAssociation": "aws_route_table_association",
  "aws:ec2/securityGroup:SecurityGroup": "aws_security_group",
  "aws:ec2/subnet:Subnet": "aws_subnet",
  "aws:ec2/vpc:Vpc": "aws_vpc",
  "aws:ec2/vpcEndpoint:VpcEndpoint": "aws_vpc_endpoint",
  "aws:cloudwatch/logGroup:LogGroup": "aws_cloudwatch_log_group",
};

const snake = (text: string): string =>
  text.replace(/[A-Z]/g, (letter, at: number) => `${at > 0 ? "_" : ""}${letter.toLowerCase()}`);

/** Arguments that are maps and no blocks. */
const MAPS = /^(tags|tagsAll|airflowConfigurationOptions|defaultArguments|parameters)$/;

/** A value as a plan has it: blocks are lists of objects there. */
function valueOf(value: Value, key: string): Value {
  if (Array.isArray(value)) {
    return value.map((one) =>
      typeof one === "object" ? propertiesOf(one as object) : (one as Value),
    );
  }
  if (typeof value === "object" && value !== null) {
    return MAPS.test(key) ? value : [propertiesOf(value)];
  }
  return value;
}

function propertiesOf(properties: object | null): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(properties ?? {}).map(([key, value]) => [snake(key), valueOf(value, key)]),
  );
}

function typeOf(type: string): string | undefined {
  const parts = /^aws:(\w+)\/(\w+):/.exec(type);
  return parts === null ? undefined : (TYPES[type] ?? `aws_${parts[1]}_${snake(parts[2])}`);
}

/** A stack as a plan of Terraform's, as `terraform show -json` prints it, for tools that read such plans. */
export function planOf(resources: readonly RecordedResource[]): object {
  const all = resources.flatMap(({ type: token, name: label, props }, index) => {
    const type = typeOf(token);
    const name = `${label.replace(/[^A-Za-z0-9_-]/g, "_")}_${index}`;
    return type === undefined
      ? []
      : [{ type, name, address: `${type}.${name}`, values: propertiesOf(props) }];
  });
  const common = { mode: "managed", provider_name: "registry.terraform.io/hashicorp/aws" };
  return {
    format_version: "1.2",
    terraform_version: "1.9.0",
    planned_values: { root_module: { resources: all.map((one) => ({ ...one, ...common })) } },
    resource_changes: all.map(({ values, ...one }) => ({
      ...one,
      ...common,
      change: { actions: ["create"], before: null, after: values, after_unknown: {} },
    })),
    configuration: { root_module: {} },
  };
}
