import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Card } from "@/ui/Card";
import { Choice } from "@/ui/Choice";
import { EmptyState } from "@/ui/EmptyState";
import { Facts } from "@/ui/Facts";
import { Loaded } from "@/ui/Loaded";
import { Moment } from "@/ui/Moment";
import { minute } from "@/ui/moment";
import { Banner, Button, Progress } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { Trouble } from "@/ui/Trouble";
import { DryRunReport } from "./DryRunReport";
import { filled, isUnderWay, useDryRuns, useRequestDryRun, type Draft, type DryRun, type Report } from "./queries";
import { ScheduleDialog } from "./ScheduleDialog";

/** What a draft would do today, and from there its way into force (E2). */
export function DryRunCard({ draft }: { draft: Draft }) {
  const { t } = useTranslation("rules");
  const dryRuns = useDryRuns(draft.id);
  const request = useRequestDryRun(draft.id);
  const [chosen, setChosen] = useState("");
  const [isScheduling, setScheduling] = useState(false);
  const found = dryRuns.data ?? [];
  const shown = found.find((each) => each.id === chosen) ?? found[0];
  const current = found.find((each) => each.is_current && each.status === "done");
  const currentReport = current && filled<Report>(current.report);
  const can = (action: string) => draft.available_actions.includes(action);
  return (
    <Card
      title={t("dryRun.title")}
      actions={
        <>
          {found.length > 1 && (
            <Choice
              label={t("dryRun.choose")}
              value={shown?.id ?? ""}
              options={found.map((each) => ({
                value: each.id,
                label: t("dryRun.of", {
                  at: minute(each.requested_at),
                  status: t(`status:dryRun.${each.status}`),
                }),
              }))}
              onChange={setChosen}
            />
          )}
          {draft.status === "draft" && (
            <>
              <Button
                onClick={() => {
                  setChosen("");
                  request.mutate(null);
                }}
                disabled={!can("dry_run")}
                loading={request.isPending}
              >
                {t("dryRun.request")}
              </Button>
              <Button theme="solid" type="primary" disabled={!can("schedule")} onClick={() => setScheduling(true)}>
                {t("schedule.open")}
              </Button>
            </>
          )}
        </>
      }
    >
      {request.error && <Trouble error={request.error} />}
      <Loaded query={dryRuns}>
        {() =>
          shown ? (
            <Shown dryRun={shown} draft={draft} />
          ) : (
            <EmptyState title={t("dryRun.empty.title")}>{t("dryRun.empty.text")}</EmptyState>
          )
        }
      </Loaded>
      {current && currentReport && (
        <ScheduleDialog
          isOpen={isScheduling}
          draft={draft}
          dryRun={current}
          report={currentReport}
          onClose={() => setScheduling(false)}
        />
      )}
    </Card>
  );
}

function Shown({ dryRun, draft }: { dryRun: DryRun; draft: Draft }) {
  const { t } = useTranslation("rules");
  const report = filled<Report>(dryRun.report);
  return (
    <>
      {!dryRun.is_current && draft.status === "draft" && (
        <Banner
          type="warning"
          fullMode={false}
          closeIcon={null}
          title={t("dryRun.outdated")}
          description={t("dryRun.outdatedText")}
        />
      )}
      <Facts
        facts={[
          [t("dryRun.status"), <StatusTag key="tag" of="dryRun" status={dryRun.status} />],
          [t("dryRun.asOf"), dryRun.as_of ?? (dryRun.status === "done" ? t("dryRun.noFeed") : t("common:none"))],
          [
            t("dryRun.requested"),
            <span key="requested">
              {dryRun.requested_by_name} · <Moment at={dryRun.requested_at} />
            </span>,
          ],
          [t("dryRun.ended"), <Moment key="ended" at={dryRun.ended_at} />],
        ]}
      />
      {isUnderWay(dryRun) && (
        <div className="stack tight">
          <Progress percent={dryRun.percent} showInfo size="large" aria-label={t("dryRun.progress")} />
          <p className="muted" role="status">
            {t(dryRun.status === "waiting" ? "dryRun.waiting" : "dryRun.running")}
          </p>
        </div>
      )}
      {"code" in dryRun.error && (
        <Banner
          type="danger"
          fullMode={false}
          closeIcon={null}
          title={t(`workError.${dryRun.error.code}`, { defaultValue: t("workError.other") })}
          description={`${dryRun.error.code}: ${dryRun.error.message}`}
        />
      )}
      {report && <DryRunReport report={report} draft={draft} dryRun={dryRun} />}
    </>
  );
}
