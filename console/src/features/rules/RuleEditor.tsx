import { IconArrowDown, IconArrowUp, IconChevronDown, IconChevronRight, IconDelete } from "@douyinfe/semi-icons";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "@/api/problem";
import { Choice } from "@/ui/Choice";
import { Field, type ControlProps } from "@/ui/Field";
import { Button, Input, TextArea } from "@/ui/semi";
import { errorAt, OPERATORS, operatorsFor, type Edited, type EditedRule } from "./policy";
import { useWords } from "./texts";

const LANGUAGES = ["zh", "en"] as const;

/** One rule: closed a sentence, opened all of it. It opens by itself where something is wrong in it. */
export function RuleEditor({
  rule,
  place,
  count,
  facts,
  problem,
  onChange,
  onMove,
  onRemove,
}: {
  rule: EditedRule;
  place: number;
  count: number;
  facts: Edited["facts"];
  problem: Problem | null;
  onChange: (changed: Partial<EditedRule>) => void;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
}) {
  const { t } = useTranslation("rules");
  const { say, comparison } = useWords();
  const [wasOpened, setOpened] = useState(rule.reason === "");
  const here = `/rules/${place}`;
  const hasError = errorAt(problem, here) !== undefined;
  const isOpen = wasOpened || hasError;
  const number = place + 1;
  const body = `rule-${rule.key}`;
  return (
    <li className={hasError ? "rule-editor has-error" : "rule-editor"}>
      <div className="rule-head">
        <button
          type="button"
          className="rule-toggle"
          aria-expanded={isOpen}
          aria-controls={body}
          onClick={() => setOpened(!isOpen)}
        >
          {isOpen ? <IconChevronDown /> : <IconChevronRight />}
          <span>
            {number}. {say(rule.label) || t("editor.newRule")}
          </span>
          <code>{comparison(rule)}</code>
        </button>
        <span className="rule-acts">
          <Button
            icon={<IconArrowUp />}
            theme="borderless"
            type="tertiary"
            aria-label={t("editor.moveUp", { number })}
            disabled={place === 0}
            onClick={() => onMove(-1)}
          />
          <Button
            icon={<IconArrowDown />}
            theme="borderless"
            type="tertiary"
            aria-label={t("editor.moveDown", { number })}
            disabled={place === count - 1}
            onClick={() => onMove(1)}
          />
          <Button
            icon={<IconDelete />}
            theme="borderless"
            type="danger"
            aria-label={t("editor.removeRule", { number })}
            onClick={onRemove}
          />
        </span>
      </div>
      {isOpen && (
        <div id={body} className="rule-body">
          <Comparison rule={rule} facts={facts} problem={problem} here={here} onChange={onChange} />
          <div className="halves">
            {LANGUAGES.map((language) => (
              <Field
                key={language}
                label={t(`editor.label.${language}`)}
                error={errorAt(problem, `${here}/label/${language}`)}
                isRequired
              >
                {(control) => (
                  <Input
                    {...control}
                    value={rule.label[language]}
                    onChange={(text) => onChange({ label: { ...rule.label, [language]: text } })}
                  />
                )}
              </Field>
            ))}
            {LANGUAGES.map((language) => (
              <Field
                key={language}
                label={t(`editor.fix.${language}`)}
                error={errorAt(problem, `${here}/how_to_fix/${language}`)}
                isRequired
              >
                {(control) => (
                  <TextArea
                    {...control}
                    autosize
                    rows={2}
                    value={rule.how_to_fix[language]}
                    onChange={(text) => onChange({ how_to_fix: { ...rule.how_to_fix, [language]: text } })}
                  />
                )}
              </Field>
            ))}
          </div>
        </div>
      )}
    </li>
  );
}

/** Fact, operator from those for its type, a value where one is taken, and the code of not meeting it. */
function Comparison({
  rule,
  facts,
  problem,
  here,
  onChange,
}: {
  rule: EditedRule;
  facts: Edited["facts"];
  problem: Problem | null;
  here: string;
  onChange: (changed: Partial<EditedRule>) => void;
}) {
  const { t } = useTranslation("rules");
  const type = facts.find((fact) => fact.name === rule.fact)?.type;
  const operand = OPERATORS[rule.op]?.operand ?? "none";
  const names = [...new Set([...facts.map((fact) => fact.name), rule.fact])].filter(Boolean);
  const ops = [...new Set([...operatorsFor(type), rule.op])];
  const pickFact = (name: string) => {
    const next = operatorsFor(facts.find((fact) => fact.name === name)?.type);
    onChange({ fact: name, ...(!next.includes(rule.op) && { op: next[0] ?? rule.op, value: "" }) });
  };
  return (
    <div className="comparison">
      <Field label={t("editor.fact")} error={errorAt(problem, `${here}/fact`)} isRequired>
        {({ id }) => (
          <Choice
            id={id}
            label={t("editor.fact")}
            value={rule.fact}
            options={names.map((name) => ({ value: name, label: name }))}
            onChange={pickFact}
          />
        )}
      </Field>
      <Field label={t("editor.op")} error={errorAt(problem, `${here}/op`)} isRequired>
        {({ id }) => (
          <Choice
            id={id}
            label={t("editor.op")}
            value={rule.op}
            options={ops.map((op) => ({ value: op, label: t(`op.${op}`, { defaultValue: op }) }))}
            onChange={(op) => onChange({ op, ...(OPERATORS[op]?.operand === "none" && { value: "" }) })}
          />
        )}
      </Field>
      {operand !== "none" && (
        <Field
          label={t(operand === "many" ? "editor.values" : "editor.value")}
          error={errorAt(problem, `${here}/value`)}
          help={operand === "many" ? t("editor.valuesHelp") : undefined}
          isRequired
        >
          {(control) => <Value control={control} rule={rule} type={type} onChange={onChange} />}
        </Field>
      )}
      <Field label={t("editor.reason")} error={errorAt(problem, `${here}/reason`)} help={t("editor.reasonHelp")} isRequired>
        {(control) => (
          <Input
            {...control}
            className="code-input"
            value={rule.reason}
            placeholder="snake_case"
            onChange={(reason) => onChange({ reason })}
          />
        )}
      </Field>
    </div>
  );
}

function Value({
  control,
  rule,
  type,
  onChange,
}: {
  control: ControlProps;
  rule: EditedRule;
  type: Edited["facts"][number]["type"] | undefined;
  onChange: (changed: Partial<EditedRule>) => void;
}) {
  const { t } = useTranslation("rules");
  if (type === "bool") {
    return (
      <Choice
        id={control.id}
        label={t("editor.value")}
        value={rule.value}
        options={["true", "false"].map((value) => ({ value, label: t(`bool.${value}`) }))}
        onChange={(value) => onChange({ value })}
      />
    );
  }
  const isNumber = type === "int" || type === "float";
  return (
    <Input
      {...control}
      {...(isNumber && { inputMode: type === "int" ? "numeric" : "decimal" })}
      value={rule.value}
      onChange={(value) => onChange({ value })}
    />
  );
}
