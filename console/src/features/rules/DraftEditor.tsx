import { useTranslation } from "react-i18next";
import { newKey } from "@/api/keys";
import { Card } from "@/ui/Card";
import { Field } from "@/ui/Field";
import { RadioGroup } from "@/ui/RadioGroup";
import { Banner, Button, CheckboxGroup, Input, Radio } from "@/ui/semi";
import { Trouble } from "@/ui/Trouble";
import { useDraft } from "@/ui/useDraft";
import { Conflict } from "./Conflict";
import { FactsEditor } from "./FactsEditor";
import {
  ACCOUNT_TYPES,
  bodyOf,
  doubleFacts,
  editedOf,
  errorAt,
  isSame,
  newRule,
  translated,
  type Edited,
  type EditedRule,
} from "./policy";
import { useEditDraft, type Draft } from "./queries";
import { RuleEditor } from "./RuleEditor";

/**
 * A draft while it is written. What is typed is kept in this tab until it is saved or dropped; where
 * somebody else saved meanwhile both are shown, and nothing is overwritten unseen.
 */
export function DraftEditor({ draft }: { draft: Draft }) {
  const { t } = useTranslation("rules");
  const theirs = editedOf(draft);
  const [kept, keep, { isKept, drop }] = useDraft<Edited>(`policy_draft.${draft.id}`, theirs);
  const edit = useEditDraft(draft.id, drop);
  const edited = isKept ? kept : theirs;
  const isChanged = isKept && !isSame(kept, theirs);
  const isConflict = isChanged && kept.revision !== draft.revision;
  const change = (changed: Partial<Edited>) => keep({ ...edited, ...changed });
  const changeRule = (key: string, changed: Partial<EditedRule>) =>
    change({ rules: edited.rules.map((rule) => (rule.key === key ? { ...rule, ...changed } : rule)) });
  const moveRule = (place: number, by: -1 | 1) => {
    const rules = [...edited.rules];
    rules.splice(place + by, 0, ...rules.splice(place, 1));
    change({ rules });
  };
  const removeRule = (key: string) => change({ rules: edited.rules.filter((rule) => rule.key !== key) });
  const doubled = doubleFacts(edited.facts);
  const problem =
    edit.error && edit.error.code !== "draft_changed"
      ? translated(edit.error, (code) => t(`fault.${code}`, { defaultValue: "" }))
      : null;
  const save = () => edit.mutate({ ...bodyOf(edited), revision: edited.revision });
  const scope = edited.account_types;
  return (
    <>
      {isConflict && (
        <Conflict
          draft={draft}
          mine={kept}
          onTakeTheirs={() => {
            edit.reset();
            drop();
          }}
          onKeepMine={() => {
            edit.reset();
            change({ revision: draft.revision });
          }}
        />
      )}
      <Card
        title={t("editor.rules", { count: edited.rules.length })}
        actions={
          <Button onClick={() => change({ rules: [...edited.rules, newRule(edited.facts)] })}>
            {t("editor.addRule")}
          </Button>
        }
      >
        <p className="muted">{t("editor.rulesText")}</p>
        {errorAt(problem, "/rules") && edited.rules.length === 0 && (
          <p className="field-error" role="alert">
            {errorAt(problem, "/rules")}
          </p>
        )}
        <ol className="rule-editors">
          {edited.rules.map((rule, place) => (
            <RuleEditor
              key={rule.key}
              rule={rule}
              place={place}
              count={edited.rules.length}
              facts={edited.facts}
              problem={problem}
              onChange={(changed) => changeRule(rule.key, changed)}
              onMove={(by) => moveRule(place, by)}
              onRemove={() => removeRule(rule.key)}
            />
          ))}
        </ol>
      </Card>
      <div className="halves">
        <Card
          title={t("editor.facts")}
          actions={
            <Button
              onClick={() => change({ facts: [...edited.facts, { key: newKey(), name: "", type: "int" }] })}
            >
              {t("editor.addFact")}
            </Button>
          }
        >
          <FactsEditor
            facts={edited.facts}
            rules={edited.rules}
            problem={problem}
            onChange={(facts) => change({ facts })}
          />
        </Card>
        <Card title={t("editor.scope")}>
          <RadioGroup
            value={scope === null ? "all" : "some"}
            onChange={(event) =>
              change({ account_types: event.target.value === "all" ? null : [...ACCOUNT_TYPES] })
            }
            aria-label={t("editor.scope")}
          >
            <Radio value="all">{t("editor.allTypes")}</Radio>
            <Radio value="some">{t("editor.someTypes")}</Radio>
          </RadioGroup>
          {scope !== null && (
            <CheckboxGroup
              value={scope}
              onChange={(picked) => change({ account_types: picked.map(String) })}
              options={ACCOUNT_TYPES.map((type) => ({ value: type, label: t(`accountTypes.${type}`) }))}
              direction="horizontal"
              aria-label={t("policies.accountTypes")}
            />
          )}
          {errorAt(problem, "/account_types") && (
            <p className="field-error" role="alert">
              {errorAt(problem, "/account_types")}
            </p>
          )}
          <Field label={t("editor.note")} help={t("editor.noteHelp")} error={errorAt(problem, "/note")}>
            {(control) => <Input {...control} value={edited.note} onChange={(note) => change({ note })} maxLength={500} />}
          </Field>
        </Card>
      </div>
      {problem && <Trouble error={problem} />}
      {isChanged && (
        <div className="save-bar" role="group" aria-label={t("editor.unsaved")}>
          <Banner type="info" fullMode={false} closeIcon={null} description={t("editor.unsavedText")} />
          <Button
            onClick={() => {
              edit.reset();
              drop();
            }}
          >
            {t("editor.drop")}
          </Button>
          <Button
            theme="solid"
            type="primary"
            onClick={save}
            loading={edit.isPending}
            disabled={isConflict || doubled.length > 0}
          >
            {t("editor.save")}
          </Button>
        </div>
      )}
    </>
  );
}
