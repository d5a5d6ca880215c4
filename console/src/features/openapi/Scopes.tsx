import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Banner, Button, Checkbox } from "@/ui/semi";
import { Trouble } from "@/ui/Trouble";
import { useSetScopes, type Credential } from "./queries";

/** What the mini program's own credential may call. */
export function Scopes({ app_id, credential }: { app_id: string; credential: Credential }) {
  const { t } = useTranslation("openapi");
  const granted = credential.scopes.filter((scope) => scope.is_granted).map((scope) => scope.key);
  const [ticked, setTicked] = useState<string[] | null>(null);
  const save = useSetScopes(app_id);
  const chosen = ticked ?? granted;
  const canSet = credential.available_actions.includes("set_scopes");
  const isChanged = credential.scopes.some(({ key }) => chosen.includes(key) !== granted.includes(key));
  const tick = (key: string, isOn: boolean) => {
    save.reset();
    setTicked(isOn ? [...chosen, key] : chosen.filter((each) => each !== key));
  };
  return (
    <div className="stack">
      <fieldset className="kinds">
        <legend className="visually-hidden">{t("scopes.title")}</legend>
        <div className="choices">
          {credential.scopes.map((scope) => (
            <Checkbox
              key={scope.key}
              checked={chosen.includes(scope.key)}
              onChange={(event) => tick(scope.key, event.target.checked === true)}
              disabled={!canSet}
              extra={<code>{scope.key}</code>}
            >
              {scope.text}
            </Checkbox>
          ))}
        </div>
      </fieldset>
      {chosen.length === 0 && (
        <Banner type="warning" closeIcon={null} fullMode={false} description={t("scopes.none")} />
      )}
      {save.error && <Trouble error={save.error} />}
      {canSet && (
        <div className="row">
          <Button
            theme="solid"
            disabled={!isChanged}
            loading={save.isPending}
            onClick={() => save.mutate(chosen, { onSuccess: () => setTicked(null) })}
          >
            {t("scopes.save")}
          </Button>
          {isChanged && <Button onClick={() => setTicked(null)}>{t("undo")}</Button>}
          {save.isSuccess && !isChanged && (
            <span className="muted" role="status">
              {t("saved")}
            </span>
          )}
        </div>
      )}
    </div>
  );
}
