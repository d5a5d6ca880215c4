import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { Card } from "@/ui/Card";
import { Facts } from "@/ui/Facts";
import { Moment } from "@/ui/Moment";
import { Banner, Button } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { Bindings } from "./Bindings";
import { HiddenNotice } from "./Hidden";
import { Impact, useKnownImpact } from "./Impact";
import { Limits } from "./Limits";
import { useRestore, useRevoke, type Grant, type OnSurface } from "./queries";

/** How a mini program stands on one surface: its capability, its entries and its limits. */
export function Capability({
  appId,
  name,
  on,
  grant,
}: {
  appId: string;
  /** What the surface is called. */
  name: string;
  on: OnSurface;
  /** The grant with what can be done with it; none where there never was one. */
  grant: Grant | undefined;
}) {
  const { t } = useTranslation("governance");
  const [takedown, setTakedown] = useState("");
  const can = grant?.available_actions ?? [];
  return (
    <Card
      title={
        <>
          {name} <StatusTag of="capability" status={on.status} />
        </>
      }
      actions={
        <>
          {can.includes("revoke") && (
            <Revoke appId={appId} surface={on.surface} name={name} onDone={(id) => setTakedown(id ?? "")} />
          )}
          {can.includes("restore") && (
            <Restore appId={appId} surface={on.surface} name={name} onDone={() => setTakedown("")} />
          )}
        </>
      }
    >
      {takedown && <HiddenNotice id={takedown} />}
      {on.grant?.revoked_at && (
        <Banner
          type="warning"
          fullMode={false}
          closeIcon={null}
          title={t("revoke.was")}
          description={
            <>
              {on.grant.reason} · <Moment at={on.grant.revoked_at} />
            </>
          }
        />
      )}
      {on.grant?.flagged_at && (
        <Banner
          type="warning"
          fullMode={false}
          closeIcon={null}
          title={t("flag.title")}
          description={
            <>
              {t("flag.text")} · <Moment at={on.grant.flagged_at} />
            </>
          }
        />
      )}
      <Facts
        facts={[
          [t("program.entries"), t("program.shownOf", { shown: on.entries_shown, live: on.entries_live })],
          [t("program.bound"), on.bindings.active],
          [t("program.awaiting"), on.bindings.awaiting_consent],
          [t("program.grantedAt"), <Moment key="at" at={on.grant?.granted_at} />],
        ]}
      />
      <Limits appId={appId} on={on} />
      <h3>{t("account.bindings")}</h3>
      <Bindings appId={appId} surface={on.surface} />
    </Card>
  );
}

interface ActOn {
  appId: string;
  surface: string;
  name: string;
}

function Revoke({ appId, surface, name, onDone }: ActOn & { onDone: (takedown?: string) => void }) {
  const { t } = useTranslation("governance");
  const [isOpen, setOpen] = useState(false);
  const act = useRevoke(
    { app_id: appId, surface },
    {
      onDone: (revoked) => {
        setOpen(false);
        onDone(revoked.takedown?.id);
      },
    },
  );
  const { impact, isKnown } = useKnownImpact("mini_program", appId, isOpen);
  return (
    <>
      <Button type="danger" onClick={() => setOpen(true)}>
        {t("revoke.verb")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("revoke.title", { name })}
        verb={t("revoke.verb")}
        act={act}
        onClose={() => setOpen(false)}
        needsReason
        isDangerous
        canConfirm={isKnown}
      >
        <Impact impact={impact} />
        <p>{t("revoke.text")}</p>
      </ActDialog>
    </>
  );
}

function Restore({ appId, surface, name, onDone }: ActOn & { onDone: () => void }) {
  const { t } = useTranslation("governance");
  const [isOpen, setOpen] = useState(false);
  const act = useRestore(
    { app_id: appId, surface },
    {
      onDone: () => {
        setOpen(false);
        onDone();
      },
    },
  );
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t("restore.verb")}</Button>
      <ActDialog
        isOpen={isOpen}
        title={t("restore.title", { name })}
        verb={t("restore.verb")}
        act={act}
        onClose={() => setOpen(false)}
        needsReason
      >
        <p>{t("restore.text")}</p>
      </ActDialog>
    </>
  );
}
