import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Chart } from "@/ui/Chart";
import { Label } from "@/ui/Label";
import { RadioGroup } from "@/ui/RadioGroup";
import { Banner, Table } from "@/ui/semi";
import type { Draft, DryRun, Report } from "./queries";
import { useKnownPolicies } from "./queries";
import { useWords } from "./texts";

type Of = "entries" | "accounts";

/** What a dry run found: of entries and of all accounts, by rule, by mini program, with examples. */
export function DryRunReport({ report, draft, dryRun }: { report: Report; draft: Draft; dryRun: DryRun }) {
  const { t, i18n } = useTranslation("rules");
  const { reason } = useWords();
  const policies = useKnownPolicies();
  const [of, setOf] = useState<Of>("entries");
  const rules = [...draft.rules, ...(policies.data ?? []).flatMap((policy) => policy.rules)];
  const count = (number: number) => number.toLocaleString(i18n.language);
  const change = (now: number, then: number) =>
    then === now ? t("report.same") : `${then > now ? "+" : "−"}${count(Math.abs(then - now))}`;
  const { accounts, entries, watched } = report;
  const all = "by_rule" in accounts ? accounts : null;
  const byRule = (of === "entries" ? entries : all)?.by_rule ?? [];
  const names = new Map(byRule.map((row) => [row.reason, reason(row.reason, rules)]));
  return (
    <div className="stack">
      <dl className="figures">
        <Figure name={t("report.live")} value={count(entries.live)} />
        <Figure name={t("report.hide")} value={count(entries.hide)} tone={entries.hide > 0 ? "bad" : ""} />
        <Figure name={t("report.show")} value={count(entries.show)} tone={entries.show > 0 ? "good" : ""} />
        <Figure
          name={t("report.watched")}
          value={`${count(watched.passing_now)} → ${count(watched.passing_then)}`}
        />
        {all && (
          <Figure name={t("report.all")} value={`${count(all.passing_now)} → ${count(all.passing_then)}`} />
        )}
      </dl>
      {!all && (
        <Banner type="info" fullMode={false} closeIcon={null} description={t("report.noFeedText")} />
      )}
      <div className="row between">
        <h3>{t("report.byRule")}</h3>
        {all && (
          <RadioGroup
            type="button"
            value={of}
            onChange={(event) => setOf(event.target.value as Of)}
            options={[
              { value: "entries", label: t("report.ofEntries") },
              { value: "accounts", label: t("report.ofAccounts", { judged: count(all.judged) }) },
            ]}
            aria-label={t("report.of")}
          />
        )}
      </div>
      <div className="report-by-rule">
        <Table
          size="small"
          pagination={false}
          rowKey="reason"
          dataSource={byRule}
          aria-label={t("report.byRule")}
          columns={[
            { title: t("report.rule"), render: (_: unknown, row) => names.get(row.reason) },
            {
              title: t("report.failingNow"),
              align: "right",
              width: 110,
              render: (_: unknown, row) => count(row.failing_now),
            },
            {
              title: t("report.failingThen"),
              align: "right",
              width: 110,
              render: (_: unknown, row) => count(row.failing_then),
            },
            {
              title: t("report.change"),
              align: "right",
              width: 90,
              render: (_: unknown, row) => change(row.failing_now, row.failing_then),
            },
          ]}
        />
        <Chart
          kind="bar"
          isHorizontal
          label={t("report.chart")}
          categories={byRule.map((row) => names.get(row.reason) ?? row.reason)}
          series={[
            { name: t("report.failingNow"), values: byRule.map((row) => row.failing_now) },
            { name: t("report.failingThen"), values: byRule.map((row) => row.failing_then) },
          ]}
          height={Math.max(160, 56 + byRule.length * 48)}
        />
      </div>
      {entries.by_mini_program.length > 0 && (
        <>
          <h3>{t("report.byApp")}</h3>
          <Table
            size="small"
            rowKey="app_id"
            dataSource={entries.by_mini_program}
            pagination={entries.by_mini_program.length > 10 && { pageSize: 10 }}
            columns={[
              {
                title: t("report.app"),
                render: (_: unknown, row) => (
                  <Link to={`/operate/mini-programs/${row.app_id}`}>{row.app_name || row.app_id}</Link>
                ),
              },
              { title: t("report.hide"), align: "right", width: 160, render: (_: unknown, row) => count(row.hide) },
              { title: t("report.show"), align: "right", width: 160, render: (_: unknown, row) => count(row.show) },
            ]}
          />
        </>
      )}
      {report.examples.length > 0 && (
        <>
          <div className="row between">
            <h3>{t("report.examples", { count: report.examples.length })}</h3>
            <a
              href={`/api/v1/operator/policy-drafts/${draft.id}/dry-runs/${dryRun.id}/examples.csv`}
              download={`${dryRun.id}.csv`}
            >
              {t("report.csv")}
            </a>
          </div>
          <Table
            size="small"
            rowKey={(row) => `${row?.aweme_id} ${row?.app_id}`}
            dataSource={report.examples}
            pagination={report.examples.length > 10 && { pageSize: 10 }}
            columns={[
              {
                title: t("report.account"),
                render: (_: unknown, row) => (
                  <>
                    <Link to={`/operate/accounts/${row.aweme_id}`}>{row.nickname || row.aweme_id}</Link>
                    <div className="muted">{row.aweme_id}</div>
                  </>
                ),
              },
              { title: t("report.app"), render: (_: unknown, row) => row.app_name || row.app_id },
              {
                title: t("report.becomes"),
                width: 130,
                render: (_: unknown, row) => <Label>{t(`report.becomesOf.${row.change}`)}</Label>,
              },
              {
                title: t("report.failing"),
                render: (_: unknown, row) =>
                  (row.change === "hide" ? row.failing_then : row.failing_now)
                    .map((code) => reason(code, rules))
                    .join(t("list.separator")),
              },
            ]}
          />
        </>
      )}
    </div>
  );
}

function Figure({ name, value, tone = "" }: { name: string; value: string; tone?: "" | "good" | "bad" }) {
  return (
    <div className={tone ? `is-${tone}` : undefined}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
