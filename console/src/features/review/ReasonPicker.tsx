import { useTranslation } from "react-i18next";
import type { Problem } from "@/api/problem";
import { Field } from "@/ui/Field";
import { Loaded } from "@/ui/Loaded";
import { Checkbox, Input, TextArea } from "@/ui/semi";
import { chosen, mustEdit, type Fault, type Reason } from "./decision";
import type { Template, useTemplates } from "./queries";

/** Reasons from templates, as many as fit; each with its texts to adapt, and what proves it (C4). */
export function ReasonPicker({
  templates,
  reasons,
  onChange,
  told,
  problem,
}: {
  templates: ReturnType<typeof useTemplates>;
  reasons: Reason[];
  onChange: (reasons: Reason[]) => void;
  told: (at: string) => Fault | undefined;
  problem: Problem | null;
}) {
  const { t } = useTranslation("review");
  const toggle = (template: Template, isChosen: boolean) =>
    onChange(
      isChosen ? [...reasons, chosen(template)] : reasons.filter((reason) => reason.code !== template.code),
    );
  return (
    <fieldset data-at="reasons">
      <legend>{t("reason.label")}</legend>
      {told("reasons") && (
        <p className="field-error" role="alert">
          {t("fault.reasonMissing")}
        </p>
      )}
      <Loaded query={templates}>
        {(all) => (
          <ul className="plain-list">
            {all.map((template) => {
              const at = reasons.findIndex((reason) => reason.code === template.code);
              const reason = reasons[at];
              return (
                <li key={template.code}>
                  <Checkbox
                    checked={reason !== undefined}
                    onChange={(event) => toggle(template, Boolean(event.target.checked))}
                  >
                    {template.text}
                  </Checkbox>
                  {reason && (
                    <Chosen
                      reason={reason}
                      template={template}
                      isTold={told(`reasons.${reason.code}`) !== undefined}
                      refused={(field) => problem?.body.errors.find((error) => error.at.endsWith(`reasons.${at}.${field}`))?.detail}
                      onChange={(changed) => onChange(reasons.map((each) => (each === reason ? { ...each, ...changed } : each)))}
                    />
                  )}
                </li>
              );
            })}
          </ul>
        )}
      </Loaded>
    </fieldset>
  );
}

function Chosen({
  reason,
  template,
  isTold,
  refused,
  onChange,
}: {
  reason: Reason;
  template: Template;
  isTold: boolean;
  refused: (field: string) => string | undefined;
  onChange: (changed: Partial<Reason>) => void;
}) {
  const { t } = useTranslation("review");
  const isOpen = mustEdit(reason, template);
  const error = refused("text") ?? (isTold && isOpen ? t("fault.textMissing") : undefined);
  return (
    <div className={isOpen ? "review-chosen must-edit" : "review-chosen"}>
      <div data-at={`reasons.${reason.code}`}>
        <Field
          label={t("reason.text")}
          isRequired={template.is_text_required}
          help={isOpen ? t("reason.mustEdit") : undefined}
          error={error}
        >
          {(control) => (
            <TextArea {...control} value={reason.text} onChange={(text) => onChange({ text })} maxLength={1000} autosize rows={1} />
          )}
        </Field>
      </div>
      <Field label={t("reason.howToFix")} error={refused("how_to_fix")}>
        {(control) => (
          <TextArea {...control} value={reason.how_to_fix} onChange={(how_to_fix) => onChange({ how_to_fix })} maxLength={1000} autosize rows={1} />
        )}
      </Field>
      <Field label={t("reason.evidence")} error={refused("evidence")}>
        {(control) => (
          <Input {...control} value={reason.evidence} onChange={(evidence) => onChange({ evidence })} maxLength={1000} placeholder={t("reason.evidencePlaceholder")} />
        )}
      </Field>
    </div>
  );
}
