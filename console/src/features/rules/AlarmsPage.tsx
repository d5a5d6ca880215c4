import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { EmptyState } from "@/ui/EmptyState";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import { RadioGroup } from "@/ui/RadioGroup";
import { Button, type ColumnProps } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { Trouble } from "@/ui/Trouble";
import { useFilters } from "@/ui/useFilters";
import { detailOf, placeOf, standingOf } from "./alarms";
import { useAcknowledge, useAlarms, type Alarm } from "./queries";
import { useRunTexts } from "./runTexts";
import "./rules.css";

/** What an operator must look at: feeds that are late or refused, runs that are held or failed (E6). */
export function Component() {
  const { t } = useTranslation("rules");
  const [filters, setFilters] = useFilters({ status: "open" });
  const status = filters.status === "cleared" ? "cleared" : "open";
  const alarms = useAlarms(status);
  const acknowledge = useAcknowledge();
  const { what, held } = useRunTexts();
  const columns: ColumnProps<Alarm>[] = [
    {
      title: t("alarms.what"),
      render: (_: unknown, alarm) => {
        const { code, day, reasons } = detailOf(alarm);
        const place = placeOf(alarm);
        const text = t(`alarm.${alarm.kind}.title`, { key: alarm.key, day });
        return (
          <div className="stack tight">
            <span>{place ? <Link to={place}>{text}</Link> : text}</span>
            <span className="muted">
              {[...reasons.map(held), ...(code ? [what(code)] : [])].join(t("list.separator")) ||
                t(`alarm.${alarm.kind}.text`)}
            </span>
          </div>
        );
      },
    },
    {
      title: t("alarms.status"),
      width: 120,
      render: (_: unknown, alarm) => <StatusTag of="alarm" status={standingOf(alarm)} />,
    },
    { title: t("alarms.raised"), width: 160, render: (_: unknown, alarm) => <Moment at={alarm.raised_at} /> },
    {
      title: t("alarms.acknowledged"),
      width: 180,
      render: (_: unknown, alarm) =>
        alarm.acknowledged_at ? (
          <>
            {alarm.acknowledged_by_name}
            <br />
            <Moment at={alarm.acknowledged_at} />
          </>
        ) : (
          <span className="muted">{t("common:none")}</span>
        ),
    },
    status === "cleared"
      ? {
          title: t("alarms.cleared"),
          width: 160,
          render: (_: unknown, alarm) => <Moment at={alarm.cleared_at} />,
        }
      : {
          title: t("common:actions"),
          width: 120,
          render: (_: unknown, alarm) =>
            alarm.available_actions.includes("acknowledge") && (
              <Button
                theme="borderless"
                disabled={acknowledge.isPending}
                onClick={() => acknowledge.mutate(alarm.id)}
              >
                {t("alarms.acknowledge")}
              </Button>
            ),
        },
  ];
  return (
    <PageFrame title={t("alarms.title")} note={t("alarms.note")}>
      <div className="row">
        <RadioGroup
          type="button"
          value={status}
          onChange={(event) => setFilters({ status: String(event.target.value) })}
          options={(["open", "cleared"] as const).map((each) => ({ value: each, label: t(`alarms.folder.${each}`) }))}
          aria-label={t("alarms.filter")}
        />
      </div>
      {acknowledge.error && <Trouble error={acknowledge.error} />}
      <PagedTable
        paged={alarms}
        columns={columns}
        rowKey={(alarm) => alarm.id}
        label={t("alarms.title")}
        empty={
          <EmptyState title={t(`alarms.empty.${status}.title`)}>{t(`alarms.empty.${status}.text`)}</EmptyState>
        }
      />
    </PageFrame>
  );
}
