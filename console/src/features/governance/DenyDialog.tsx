import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { Choice } from "@/ui/Choice";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/semi";
import { Impact, useKnownImpact } from "./Impact";
import { useDeny, type Scope } from "./queries";
import { TargetField, useTarget, type TargetKind } from "./TargetField";

const SCOPES: Scope[] = ["account", "mini_program", "legal_entity", "global"];

export interface Denied {
  scope: Scope;
  target: string;
  name: string;
}

/** Deny one thing that is known already. */
export function DenyDialog({
  what: { scope, target, name },
  isOpen,
  onClose,
}: {
  what: Denied;
  isOpen: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation("governance");
  const act = useDeny({ onDone: onClose });
  const { impact, isKnown } = useKnownImpact(scope, target, isOpen);
  return (
    <ActDialog
      isOpen={isOpen}
      title={t(`deny.title.${scope}`, { name })}
      verb={t("deny.verb")}
      act={{ ...act, mutate: ({ reason }) => act.mutate({ scope, target, reason }) }}
      onClose={onClose}
      needsReason
      isDangerous
      canConfirm={isKnown}
    >
      <Impact impact={impact} />
      <p>{t(`deny.text.${scope}`)}</p>
    </ActDialog>
  );
}

/** Deny something that is named here. To deny everything a word is typed first. */
export function NewDenyDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation("governance");
  const [scope, setScope] = useState<Scope>("account");
  const [target, setTarget] = useState("");
  const [word, setWord] = useState("");
  const close = () => {
    setTarget("");
    setWord("");
    onClose();
  };
  const act = useDeny({ onDone: close });
  const isGlobal = scope === "global";
  const kind: TargetKind = isGlobal ? "account" : scope;
  const named = useTarget(kind, isGlobal ? "" : target);
  const isNamed = isGlobal || named.exact !== null;
  const { impact, isKnown } = useKnownImpact(scope, isGlobal ? "" : target, isOpen && isNamed);
  const isMeant = !isGlobal || word === t("deny.word");
  return (
    <ActDialog
      isOpen={isOpen}
      title={t("deny.new")}
      verb={t("deny.verb")}
      act={{ ...act, mutate: ({ reason }) => act.mutate({ scope, target: isGlobal ? "" : target, reason }) }}
      onClose={close}
      needsReason
      isDangerous
      canConfirm={isNamed && isKnown && isMeant}
    >
      <Field label={t("deny.scope")} isRequired>
        {({ id }) => (
          <Choice
            id={id}
            label={t("deny.scope")}
            value={scope}
            onChange={(picked) => {
              setScope(picked);
              setTarget("");
            }}
            options={SCOPES.map((each) => ({ value: each, label: t(`scope.${each}`) }))}
          />
        )}
      </Field>
      {!isGlobal && (
        <TargetField
          label={t(`target.${scope}`)}
          target={named}
          value={target}
          onChange={setTarget}
          error={act.error?.at("target")}
        />
      )}
      {isNamed && <Impact impact={impact} />}
      <p className="muted">{t(`deny.text.${scope}`)}</p>
      {isGlobal && (
        <Field label={t("deny.typeWord", { word: t("deny.word") })} isRequired>
          {(control) => <Input {...control} value={word} onChange={setWord} autoComplete="off" />}
        </Field>
      )}
    </ActDialog>
  );
}
