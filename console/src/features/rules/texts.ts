import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { valueText, type Rule } from "./policy";

/** Texts that come in both languages, and rules in words. */
export function useWords() {
  const { t, i18n } = useTranslation("rules");
  const say = (text: Schemas["TextOut"]): string => (i18n.language === "en" ? text.en : text.zh);
  return {
    say,
    /** `effective_followers ≥ 500`, without the rule's own label. */
    comparison: ({ fact, op, value }: Pick<Rule, "fact" | "op" | "value">): string =>
      t(`sentence.${op}`, { fact, value: valueText(value), defaultValue: `${fact} ${op} ${valueText(value)}` }),
    /** The label of the rule whose reason it is; the code itself where no rule has it. */
    reason: (code: string, rules: Rule[]): string => {
      const rule = rules.find((each) => each.reason === code);
      return rule ? say(rule.label) : code;
    },
  };
}
