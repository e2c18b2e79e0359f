import { PolicyPack } from "@pulumi/policy";

import { rules } from "./index";

// Making a PolicyPack starts serving it, which is why this is not in `index.ts`: tests and the generated
// documentation read the list there.
new PolicyPack("mwaa-analytics", {
  policies: rules.map(([rule, enforcementLevel]) => ({ ...rule, enforcementLevel })),
});
