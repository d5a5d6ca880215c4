import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { Card } from "@/ui/Card";
import { Moment } from "@/ui/Moment";
import { Reasons } from "@/ui/Reasons";
import { Banner, Button, Timeline } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { useNow } from "@/ui/useNow";
import { dueAt } from "./due";
import { useWithdraw, type Application } from "./queries";

/** The newest application: how far it is, when it is due, and what came of it (C3, C5, C6). */
export function ApplicationCard({ application }: { application: Application }) {
  const { t } = useTranslation("capability");
  return (
    <Card
      title={t("application.title")}
      actions={application.available_actions.includes("withdraw") && <Withdraw application={application} />}
    >
      <Progress application={application} />
      {application.reasons.length > 0 && (
        <>
          <h3>{t("reasons")}</h3>
          <Reasons reasons={application.reasons} />
        </>
      )}
    </Card>
  );
}

/** Submitted, in review until the due date, decided. */
export function Progress({ application }: { application: Application }) {
  const { t } = useTranslation("capability");
  const due = dueAt(useNow(false), application.due_on);
  const isInReview = application.status === "in_review";
  const isOverdue = isInReview && due === "overdue";
  return (
    <div className="stack">
      <Timeline aria-label={t("application.timeline")}>
        <Timeline.Item type="success" time={<Moment at={application.submitted_at} />}>
          <p>{t("application.submitted")}</p>
          <p className="muted">{application.apply_reason}</p>
        </Timeline.Item>
        {isInReview ? (
          <Timeline.Item
            type={isOverdue ? "error" : "ongoing"}
            time={t(application.due_is_estimated ? "application.dueEstimated" : "application.due", {
              day: application.due_on,
            })}
          >
            <div className="row tight">
              <StatusTag of="application" status="in_review" />
              {due !== "later" && <StatusTag of="due" status={due} />}
            </div>
          </Timeline.Item>
        ) : (
          <Timeline.Item
            type={application.status === "approved" ? "success" : "warning"}
            time={<Moment at={application.decided_at} />}
          >
            <StatusTag of="application" status={application.status} />
          </Timeline.Item>
        )}
        {isInReview && <Timeline.Item type="default">{t("application.result")}</Timeline.Item>}
      </Timeline>
      {isOverdue && (
        <Banner
          type="warning"
          closeIcon={null}
          fullMode={false}
          title={t("application.overdue")}
          description={t("application.overdueText")}
        />
      )}
    </div>
  );
}

function Withdraw({ application }: { application: Application }) {
  const { t } = useTranslation("capability");
  const [isOpen, setOpen] = useState(false);
  const withdraw = useWithdraw(application.id, () => setOpen(false));
  return (
    <>
      <Button type="danger" onClick={() => setOpen(true)}>
        {t("withdraw.verb")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("withdraw.title")}
        verb={t("withdraw.verb")}
        act={withdraw}
        onClose={() => setOpen(false)}
        isDangerous
      >
        <p>{t("withdraw.text")}</p>
      </ActDialog>
    </>
  );
}
