import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["build*/", "coverage/", "dist/", "**/.venv/"] },
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // Kernels of index arithmetic are full of accesses whose bounds the code has just checked.
      "@typescript-eslint/no-non-null-assertion": "off",
      // An assertion may name what it expects, and may narrow a Tensor to a Variable.
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      // Indexed loops keep iterators off the path of every step.
      "@typescript-eslint/prefer-for-of": "off",
      // A getter marks a class without a field in each of its objects.
      "@typescript-eslint/class-literal-property-style": "off",
      // Public functions check what JavaScript callers pass, whatever the types promise.
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // Numbers are what this library prints.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // What only overriding methods read has a name with an underscore.
      "@typescript-eslint/no-unused-vars": [
        "error",
        { ignoreRestSiblings: true, argsIgnorePattern: "^_" },
      ],
    },
  },
  {
    files: ["**/*.js"],
    languageOptions: {
      sourceType: "commonjs",
      globals: {
        __dirname: "readonly",
        console: "readonly",
        module: "writable",
        performance: "readonly",
        process: "readonly",
        require: "readonly",
      },
    },
  },
);
