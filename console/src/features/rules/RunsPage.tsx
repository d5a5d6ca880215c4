import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Choice } from "@/ui/Choice";
import { EmptyState } from "@/ui/EmptyState";
import { Label } from "@/ui/Label";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import type { ColumnProps } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { useFilters } from "@/ui/useFilters";
import { useRuns, type Run } from "./queries";
import { RunCharts } from "./RunCharts";
import { useRunTexts } from "./runTexts";
import "./rules.css";

const KINDS: Run["kind"][] = ["feed", "policy"];
const STATUSES: Run["status"][] = [
  "held",
  "evaluating",
  "applying",
  "applied",
  "refused",
  "failed",
  "rejected",
  "superseded",
];

/** Every evaluation: of a day's feed, or of policies that came into play (E6). */
export function Component() {
  const { t, i18n } = useTranslation("rules");
  const [filters, setFilters] = useFilters({ kind: "", status: "" });
  const kind = KINDS.find((each) => each === filters.kind) ?? "";
  const status = STATUSES.find((each) => each === filters.status) ?? "";
  const runs = useRuns(kind, status);
  const { why } = useRunTexts();
  const count = (number: number) => number.toLocaleString(i18n.language);
  const columns: ColumnProps<Run>[] = [
    {
      title: t("runs.asOf"),
      width: 210,
      render: (_: unknown, run) => (
        <div className="row tight">
          <Link to={`/operate/runs/${run.id}`}>{run.as_of}</Link>
          <Label>{t(`runKind.${run.kind}`)}</Label>
        </div>
      ),
    },
    {
      title: t("runs.status"),
      width: 110,
      render: (_: unknown, run) => <StatusTag of="run" status={run.status} />,
    },
    { title: t("runs.rows"), width: 110, align: "right", render: (_: unknown, run) => count(run.rows) },
    {
      title: t("runs.watched"),
      width: 170,
      render: (_: unknown, run) =>
        "hidden" in run.watched ? (
          t("runs.watchedOf", { hidden: count(run.watched.hidden), shown: count(run.watched.shown) })
        ) : (
          <span className="muted">{t("common:none")}</span>
        ),
    },
    {
      title: t("runs.why"),
      render: (_: unknown, run) => why(run).join(t("list.separator")) || <span className="muted">{t("common:none")}</span>,
    },
    { title: t("runs.started"), width: 160, render: (_: unknown, run) => <Moment at={run.started_at} /> },
  ];
  return (
    <PageFrame title={t("runs.title")} note={t("runs.note")}>
      <RunCharts />
      <div className="row">
        <Choice
          label={t("runs.kindFilter")}
          value={kind}
          onChange={(picked) => setFilters({ kind: picked })}
          options={[
            { value: "", label: t("runs.allKinds") },
            ...KINDS.map((each) => ({ value: each, label: t(`runKind.${each}`) })),
          ]}
        />
        <Choice
          label={t("runs.statusFilter")}
          value={status}
          onChange={(picked) => setFilters({ status: picked })}
          options={[
            { value: "", label: t("runs.allStatuses") },
            ...STATUSES.map((each) => ({ value: each, label: t(`status:run.${each}`) })),
          ]}
        />
      </div>
      <PagedTable
        paged={runs}
        columns={columns}
        rowKey={(run) => run.id}
        label={t("runs.title")}
        empty={<EmptyState title={t("runs.empty.title")}>{t("runs.empty.text")}</EmptyState>}
      />
    </PageFrame>
  );
}
