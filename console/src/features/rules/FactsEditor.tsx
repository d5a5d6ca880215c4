import { IconDelete } from "@douyinfe/semi-icons";
import { useTranslation } from "react-i18next";
import type { Problem } from "@/api/problem";
import { Choice } from "@/ui/Choice";
import { Button, Input } from "@/ui/semi";
import { doubleFacts, errorAt, FACT_TYPES, factPointer, type Edited } from "./policy";

/** The facts that rules can be about: a name as in the feed, and the type of its values. */
export function FactsEditor({
  facts,
  rules,
  problem,
  onChange,
}: {
  facts: Edited["facts"];
  rules: Edited["rules"];
  problem: Problem | null;
  onChange: (facts: Edited["facts"]) => void;
}) {
  const { t } = useTranslation("rules");
  const doubled = doubleFacts(facts);
  const general = facts.length === 0 ? errorAt(problem, "/facts") : undefined;
  return (
    <>
      <p className="muted">{t("editor.factsText")}</p>
      {general && (
        <p className="field-error" role="alert">
          {general}
        </p>
      )}
      <ul className="fact-editors">
        {facts.map((fact, place) => {
          const isUsed = rules.some((rule) => rule.fact === fact.name && fact.name !== "");
          const error = doubled.includes(fact.name.trim())
            ? t("editor.factDoubled")
            : errorAt(problem, factPointer(fact.name));
          const label = t("editor.factName", { number: place + 1 });
          return (
            <li key={fact.key}>
              <div className="fact-row">
                <Input
                  aria-label={label}
                  placeholder={t("editor.factHint")}
                  className="code-input"
                  value={fact.name}
                  validateStatus={error ? "error" : "default"}
                  onChange={(name) => onChange(facts.map((each) => (each === fact ? { ...each, name } : each)))}
                />
                <Choice
                  label={t("editor.factType", { name: fact.name || label })}
                  value={fact.type}
                  options={FACT_TYPES.map((type) => ({ value: type, label: t(`factType.${type}`) }))}
                  onChange={(type) => onChange(facts.map((each) => (each === fact ? { ...each, type } : each)))}
                />
                <Button
                  icon={<IconDelete />}
                  theme="borderless"
                  type="danger"
                  disabled={isUsed}
                  aria-label={t("editor.removeFact", { name: fact.name || label })}
                  onClick={() => onChange(facts.filter((each) => each !== fact))}
                />
              </div>
              {error && (
                <p className="field-error" role="alert">
                  {error}
                </p>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
}
