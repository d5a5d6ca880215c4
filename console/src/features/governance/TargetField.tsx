import { useTranslation } from "react-i18next";
import { Field } from "@/ui/Field";
import { Button, Input } from "@/ui/semi";
import { useSettled } from "@/ui/useSettled";
import { SHORTEST, useFind, type Found, type Scope } from "./queries";

export type TargetKind = Exclude<Scope, "global">;

/** What an id names: asked for while it is typed. */
export function useTarget(kind: TargetKind, id: string) {
  const asked = useSettled(id);
  const found = useFind(asked);
  const ofKind = (found.data ?? []).filter((each) => each.kind === kind);
  const isSettled = asked === id && !found.isFetching;
  const exact = ofKind.find((each) => each.id === id) ?? null;
  return {
    exact: isSettled ? exact : null,
    /** Others whose id or name begins like this. */
    alike: id.length >= SHORTEST ? ofKind.filter((each) => each.id !== id).slice(0, 5) : [],
    isUnknown: isSettled && id.length >= SHORTEST && found.isSuccess && exact === null,
    error: found.error,
  };
}

/** The id of what is acted on: says what it names, and offers what begins like what was typed. */
export function TargetField({
  label,
  target,
  value,
  onChange,
  error,
}: {
  label: string;
  target: ReturnType<typeof useTarget>;
  value: string;
  onChange: (id: string) => void;
  error?: string | undefined;
}) {
  const { t } = useTranslation("governance");
  const { exact, alike, isUnknown } = target;
  return (
    <Field
      label={label}
      isRequired
      error={error ?? (isUnknown && alike.length === 0 ? t("target.unknown") : undefined)}
      help={
        exact ? t("target.found", { name: exact.name }) : isUnknown ? t("target.alike") : t("target.help")
      }
    >
      {(control) => (
        <>
          <Input {...control} value={value} onChange={(id) => onChange(id.trim())} autoComplete="off" />
          {!exact && alike.length > 0 && (
            <div className="row tight">
              {alike.map((each: Found) => (
                <Button key={each.id} size="small" onClick={() => onChange(each.id)}>
                  {each.name} · {each.id}
                </Button>
              ))}
            </div>
          )}
        </>
      )}
    </Field>
  );
}
