import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { Button } from "@/ui/semi";
import { useClear, useRevokeClearance, type Clearance } from "./queries";
import { TargetField, useTarget } from "./TargetField";

/** Take a clearance back, where that can be done. */
export function RevokeClearance({ clearance }: { clearance: Clearance }) {
  const { t } = useTranslation("governance");
  const [isOpen, setOpen] = useState(false);
  const act = useRevokeClearance(clearance.id, { onDone: () => setOpen(false) });
  if (!clearance.available_actions.includes("revoke")) return null;
  return (
    <>
      <Button theme="borderless" type="danger" onClick={() => setOpen(true)}>
        {t("clearance.revoke")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("clearance.revoke")}
        verb={t("clearance.revoke")}
        act={act}
        onClose={() => setOpen(false)}
        isDangerous
      >
        <p>{t("clearance.revokeText", { account: clearance.nickname, app: clearance.app_name })}</p>
      </ActDialog>
    </>
  );
}

/** Let a mini program bind an enterprise account (B2). */
export function NewClearance({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation("governance");
  const [awemeId, setAwemeId] = useState("");
  const [appId, setAppId] = useState("");
  const account = useTarget("account", awemeId);
  const app = useTarget("mini_program", appId);
  const close = () => {
    setAwemeId("");
    setAppId("");
    onClose();
  };
  const act = useClear({ onDone: close });
  return (
    <ActDialog
      isOpen={isOpen}
      title={t("clearance.new")}
      verb={t("clearance.add")}
      act={{ ...act, mutate: ({ reason }) => act.mutate({ aweme_id: awemeId, app_id: appId, reason }) }}
      onClose={close}
      needsReason
      canConfirm={account.exact !== null && app.exact !== null}
    >
      <p className="muted">{t("clearance.text")}</p>
      <TargetField
        label={t("target.account")}
        target={account}
        value={awemeId}
        onChange={setAwemeId}
        error={act.error?.at("aweme_id")}
      />
      <TargetField
        label={t("target.mini_program")}
        target={app}
        value={appId}
        onChange={setAppId}
        error={act.error?.at("app_id")}
      />
    </ActDialog>
  );
}
