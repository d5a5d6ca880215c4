import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { Card } from "@/ui/Card";
import { Facts } from "@/ui/Facts";
import { Moment } from "@/ui/Moment";
import { countdown } from "@/ui/moment";
import { Banner, Button } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { useNow } from "@/ui/useNow";
import { useConfirm, usePropose, useWithdrawProposal, type Run } from "./queries";
import { useRunTexts } from "./runTexts";

type Dialog = "release" | "reject" | "confirm" | "withdraw" | null;

/** A run that the breaker holds: why, who proposes what, and who else decides on it (E6). */
export function HeldCard({ run }: { run: Run }) {
  const { t } = useTranslation("rules");
  const { held } = useRunTexts();
  const [dialog, setDialog] = useState<Dialog>(null);
  const close = () => setDialog(null);
  const release = usePropose(run.id, "release", close);
  const reject = usePropose(run.id, "reject", close);
  const confirm = useConfirm(run.id, close);
  const withdraw = useWithdrawProposal(run.id, close);
  const can = (action: string) => run.available_actions.includes(action);
  const { proposal } = run;
  const decision = proposal?.decision ?? "release";
  return (
    <Card title={t("held.title")}>
      {run.status === "held" && (
        <Banner
          type="warning"
          fullMode={false}
          closeIcon={null}
          title={t("held.why")}
          description={
            <>
              <ul>
                {run.reasons.map((reason) => (
                  <li key={reason.code}>{held(reason)}</li>
                ))}
              </ul>
              <p>{t("held.text")}</p>
            </>
          }
        />
      )}
      {proposal && <Proposal proposal={proposal} />}
      {can("propose") && (
        <div className="row">
          <Button theme="solid" type="primary" onClick={() => setDialog("release")}>
            {t("held.propose.release")}
          </Button>
          <Button type="danger" onClick={() => setDialog("reject")}>
            {t("held.propose.reject")}
          </Button>
          <span className="muted">{t("held.twoPeople")}</span>
        </div>
      )}
      {(can("confirm") || can("withdraw_proposal")) && (
        <div className="row">
          {can("confirm") ? (
            <Button theme="solid" type="primary" onClick={() => setDialog("confirm")}>
              {t(`held.confirm.${decision}`)}
            </Button>
          ) : (
            <span>{t("held.waits")}</span>
          )}
          <Button onClick={() => setDialog("withdraw")}>{t(can("confirm") ? "held.turnDown" : "held.withdraw")}</Button>
        </div>
      )}
      <ActDialog
        isOpen={dialog === "release"}
        title={t("held.propose.release")}
        verb={t("held.propose.release")}
        act={release}
        onClose={close}
        needsReason
      >
        <p>{t("held.releaseText")}</p>
      </ActDialog>
      <ActDialog
        isOpen={dialog === "reject"}
        title={t("held.propose.reject")}
        verb={t("held.propose.reject")}
        act={reject}
        onClose={close}
        needsReason
        isDangerous
      >
        <p>{t("held.rejectText")}</p>
      </ActDialog>
      <ActDialog
        isOpen={dialog === "confirm"}
        title={t(`held.confirm.${decision}`)}
        verb={t(`held.confirm.${decision}`)}
        act={confirm}
        onClose={close}
        isDangerous={decision === "reject"}
      >
        <p>{t(`held.confirmText.${decision}`)}</p>
        {proposal && <p>{t("held.proposedBy", { who: proposal.proposed_by_name, reason: proposal.reason })}</p>}
      </ActDialog>
      <ActDialog
        isOpen={dialog === "withdraw"}
        title={t("held.withdraw")}
        verb={t("held.withdraw")}
        act={withdraw}
        onClose={close}
      >
        <p>{t("held.withdrawText")}</p>
      </ActDialog>
    </Card>
  );
}

function Proposal({ proposal }: { proposal: NonNullable<Run["proposal"]> }) {
  const { t } = useTranslation("rules");
  const isOpen = proposal.status === "proposed";
  const now = useNow(isOpen);
  return (
    <Facts
      facts={[
        [t("held.proposal"), t(`held.decision.${proposal.decision}`)],
        [t("held.status"), <StatusTag key="tag" of="proposal" status={proposal.status} />],
        [
          t("held.by"),
          <span key="by">
            {proposal.proposed_by_name} · <Moment at={proposal.proposed_at} />
          </span>,
        ],
        isOpen
          ? [t("held.expires"), countdown(proposal.expires_at, now)]
          : [
              t(`held.endedBy.${proposal.status}`),
              <span key="ended">
                {proposal.ended_by && `${proposal.ended_by_name} · `}
                <Moment at={proposal.ended_at} />
              </span>,
            ],
        [t("common:reason"), proposal.reason],
      ]}
    />
  );
}
