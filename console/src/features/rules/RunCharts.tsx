import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Card } from "@/ui/Card";
import { Chart } from "@/ui/Chart";
import { EmptyState } from "@/ui/EmptyState";
import { Loaded } from "@/ui/Loaded";
import { byDay } from "./byDay";
import { useAppliedFeeds, type Run } from "./queries";

/** How many accounts passed by day, and what that hid and showed. */
export function RunCharts() {
  const { t } = useTranslation("rules");
  const feeds = useAppliedFeeds();
  return (
    <Loaded query={feeds} rows={6}>
      {(runs) =>
        runs.length > 0 ? (
          <Drawn runs={runs} />
        ) : (
          <Card title={t("runs.chartAll")}>
            <EmptyState title={t("runs.chartEmpty.title")}>{t("runs.chartEmpty.text")}</EmptyState>
          </Card>
        )
      }
    </Loaded>
  );
}

function Drawn({ runs }: { runs: Run[] }) {
  const { t } = useTranslation("rules");
  const days = useMemo(() => byDay(runs), [runs]);
  const dates = useMemo(() => days.map(({ day }) => day.slice(5)), [days]);
  const all = useMemo(
    () => [
      { name: t("runs.passing"), values: days.map(({ passing }) => passing) },
      { name: t("runs.failing"), values: days.map(({ failing }) => failing) },
    ],
    [days, t],
  );
  const watched = useMemo(
    () => [
      { name: t("runs.newlyShown"), values: days.map(({ shown }) => shown) },
      { name: t("runs.newlyHidden"), values: days.map(({ hidden }) => hidden) },
    ],
    [days, t],
  );
  return (
    <div className="halves">
      <Card title={t("runs.chartAll")}>
        <Chart kind="bar" isStacked label={t("runs.chartAllText")} categories={dates} series={all} />
      </Card>
      <Card title={t("runs.chartWatched")}>
        <Chart kind="bar" label={t("runs.chartWatchedText")} categories={dates} series={watched} />
      </Card>
    </div>
  );
}
