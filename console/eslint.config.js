import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const features = {
  group: ["@/features/*", "@/app/*", "../*"],
  message: "A feature stands on api, ui and i18n alone; features never import each other.",
};
const base = {
  group: ["@/features/*", "@/app/*"],
  message: "api, ui and i18n are the ground that features stand on.",
};
const semi = {
  group: ["@douyinfe/semi-ui", "@douyinfe/semi-ui/**"],
  importNames: ["Tag"],
  message: "Statuses are shown by ui/StatusTag, which owns their colours; other labels by ui/Label.",
};

export default tseslint.config(
  { ignores: ["node_modules", "src/api/schema.d.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  hooks.configs.flat["recommended-latest"],
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "no-console": "error",
      eqeqeq: "error",
      // Inline handlers and styles are what the content security policy refuses.
      "no-restricted-syntax": [
        "error",
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Text is text." },
      ],
      "no-restricted-imports": ["error", { patterns: [semi] }],
    },
  },
  {
    files: ["src/features/**"],
    rules: { "no-restricted-imports": ["error", { patterns: [features, semi] }] },
  },
  {
    files: ["src/{api,ui,i18n}/**"],
    rules: { "no-restricted-imports": ["error", { patterns: [base] }] },
  },
  { files: ["eslint.config.js"], ...tseslint.configs.disableTypeChecked },
);
