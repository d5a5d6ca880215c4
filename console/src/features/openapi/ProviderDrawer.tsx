import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { Card } from "@/ui/Card";
import { Facts } from "@/ui/Facts";
import { Identifier } from "@/ui/Identifier";
import { Moment } from "@/ui/Moment";
import { Button, SideSheet } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { Networks } from "./Networks";
import { statusOf, useSwitchProvider, type ManagedProvider } from "./queries";
import { Secrets } from "./Secrets";

/** One service provider: its secrets, from where it may call, and whether it may at all. */
export function ProviderDrawer({ provider, onClose }: { provider: ManagedProvider; onClose: () => void }) {
  const { t } = useTranslation("openapi");
  const can = (action: string) => provider.available_actions.includes(action);
  const owner = { client_key: provider.client_key };
  return (
    <SideSheet
      visible
      width={860}
      title={provider.name}
      onCancel={onClose}
      closeOnEsc
      aria-label={provider.name}
    >
      <div className="stack">
        <div className="row between">
          <Facts
            facts={[
              ["client_key", <Identifier key="key" id={provider.client_key} />],
              [t("provider.status"), <StatusTag key="status" of="provider" status={statusOf(provider)} />],
              [t("provider.since"), <Moment key="since" at={provider.created_at} />],
            ]}
          />
          {can("disable") && <Switch provider={provider} verb="disable" />}
          {can("enable") && <Switch provider={provider} verb="enable" />}
        </div>
        <Card title={t("secret.title")}>
          <Secrets
            owner={owner}
            clientKey={provider.client_key}
            secrets={provider.secrets}
            canCreate={can("create_secret")}
          />
        </Card>
        <Card title={t("networks.title")}>
          <p className="muted">{t("networks.providerText")}</p>
          <Networks
            owner={owner}
            networks={provider.allowed_networks}
            canSet={can("set_allowed_networks")}
          />
        </Card>
      </div>
    </SideSheet>
  );
}

function Switch({ provider, verb }: { provider: ManagedProvider; verb: "disable" | "enable" }) {
  const { t } = useTranslation("openapi");
  const [isOpen, setOpen] = useState(false);
  const act = useSwitchProvider(provider.client_key, verb, () => setOpen(false));
  const isOff = verb === "disable";
  return (
    <>
      <Button theme={isOff ? "borderless" : "light"} type={isOff ? "danger" : "primary"} onClick={() => setOpen(true)}>
        {t(`provider.${verb}`)}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t(`provider.${verb}Title`, { name: provider.name })}
        verb={t(`provider.${verb}`)}
        act={act}
        onClose={() => setOpen(false)}
        isDangerous={isOff}
      >
        <p>{t(`provider.${verb}Text`)}</p>
      </ActDialog>
    </>
  );
}
