import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { Field } from "@/ui/Field";
import { Checkbox, Select } from "@/ui/semi";
import { useAuthorize, useProviders, type Permission } from "./queries";

/** The permission sets that there are, by the ecosystem's numbers. */
const PERMISSIONS: Permission[] = [1, 2, 3, 4];

/** Lets a service provider act for the mini program, by the permission sets that are ticked. */
export function AuthorizeDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation("openapi");
  const [clientKey, setClientKey] = useState("");
  const [permissions, setPermissions] = useState<Permission[]>([]);
  const close = () => {
    setClientKey("");
    setPermissions([]);
    onClose();
  };
  const providers = useProviders(isOpen);
  const authorize = useAuthorize(close);
  const tick = (id: Permission, isOn: boolean) => {
    authorize.reset();
    setPermissions(isOn ? [...permissions, id].sort() : permissions.filter((each) => each !== id));
  };
  return (
    <ActDialog
      isOpen={isOpen}
      title={t("authorize.begin")}
      verb={t("authorize.verb")}
      act={{ ...authorize, mutate: () => authorize.mutate({ client_key: clientKey, permissions }) }}
      onClose={close}
      canConfirm={clientKey !== "" && permissions.length > 0}
      width={520}
    >
      <Field label={t("authorize.provider")} help={t("authorize.providerHelp")} isRequired>
        {(control) => (
          <Select
            id={control.id}
            aria-describedby={control["aria-describedby"]}
            aria-labelledby={control["aria-labelledby"]}
            filter
            value={clientKey || undefined}
            onChange={(picked) => setClientKey(picked as string)}
            loading={providers.isPending}
            optionList={(providers.data ?? []).map((each) => ({
              value: each.client_key,
              label: t("authorize.option", { name: each.name, key: each.client_key }),
            }))}
            placeholder={t("authorize.choose")}
            emptyContent={t("authorize.noProviders")}
          />
        )}
      </Field>
      <fieldset className="kinds">
        <legend>{t("authorize.permissions")}</legend>
        <div className="choices">
          {PERMISSIONS.map((id) => (
            <Checkbox
              key={id}
              checked={permissions.includes(id)}
              onChange={(event) => tick(id, event.target.checked === true)}
              extra={t(`permission.${id}.text`)}
            >
              {t(`permission.${id}.name`)}
            </Checkbox>
          ))}
        </div>
      </fieldset>
      <p className="muted">{t("authorize.next")}</p>
    </ActDialog>
  );
}
