import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "@/ui/Field";
import { Banner, Button, TextArea } from "@/ui/semi";
import { Trouble } from "@/ui/Trouble";
import { checked, lines, MOST } from "./networks";
import { useSetNetworks, type Owner } from "./queries";

const shown = (networks: string[]) => networks.join("\n");

/** From where a credential may be used; what is typed is checked before it is sent. */
export function Networks({
  owner,
  networks,
  canSet,
}: {
  owner: Owner;
  networks: string[];
  canSet: boolean;
}) {
  const { t } = useTranslation("openapi");
  const [typed, setTyped] = useState<string | null>(null);
  const save = useSetNetworks(owner);
  const text = typed ?? shown(networks);
  const listed = lines(text);
  const { wrong, warning } = checked(listed);
  const isChanged = shown(listed) !== shown(networks);
  const error =
    wrong.length > 0
      ? t("networks.wrong", { lines: wrong.join(t("networks.separator")) })
      : listed.length > MOST
        ? t("networks.tooMany", { most: MOST, count: listed.length })
        : save.error?.at("networks");
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(listed, { onSuccess: () => setTyped(null) });
      }}
    >
      <Field label={t("networks.label")} help={t("networks.help", { most: MOST })} error={error}>
        {(control) => (
          <TextArea
            {...control}
            className="networks"
            value={text}
            onChange={(next) => {
              save.reset();
              setTyped(next);
            }}
            placeholder={t("networks.anywhere")}
            autosize={{ minRows: 3, maxRows: 12 }}
            readonly={!canSet}
            spellCheck={false}
          />
        )}
      </Field>
      {warning && isChanged && (
        <Banner type="warning" closeIcon={null} fullMode={false} description={t(`networks.warning.${warning}`)} />
      )}
      {isChanged && listed.length === 0 && (
        <Banner type="warning" closeIcon={null} fullMode={false} description={t("networks.warning.cleared")} />
      )}
      {save.error && !save.error.at("networks") && <Trouble error={save.error} />}
      {canSet && (
        <div className="row">
          <Button
            htmlType="submit"
            theme="solid"
            loading={save.isPending}
            disabled={!isChanged || wrong.length > 0 || listed.length > MOST}
          >
            {t("networks.save")}
          </Button>
          {isChanged && <Button onClick={() => setTyped(null)}>{t("undo")}</Button>}
          {save.isSuccess && !isChanged && (
            <span className="muted" role="status">
              {t("saved")}
            </span>
          )}
        </div>
      )}
    </form>
  );
}
