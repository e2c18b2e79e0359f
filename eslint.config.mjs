import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules/", ".local/", "examples/", "**/*.cjs", "eslint.config.mjs"] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  prettier,
  {
    languageOptions: {
      parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
    },
  },
  {
    files: ["components/**/*.ts", "index.ts"],
    rules: {
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", { max: 80 }],
    },
  },
  { files: ["index.ts"], rules: { "max-lines": ["error", 80] } },
  {
    files: ["policy/**/*.ts"],
    rules: {
      // Of what a program gives nothing is certain: a method of a text or a list throws on a number or null.
      "no-restricted-syntax": [
        "error",
        ...["[object.name='props']", "[object.property.name='props']"].map((member) => ({
          selector:
            ":matches(TSAsExpression[typeAnnotation.type=/^(TSStringKeyword|TSArrayType|TSTypeOperator)$/]," +
            " TSAsExpression:has(TSUnionType > :matches(TSStringKeyword, TSArrayType, TSTypeOperator)))" +
            ` MemberExpression${member}`,
          message: "Read a property by textOf, textsOf, listOf, lengthOf or objectsOf.",
        })),
      ],
    },
  },
);
