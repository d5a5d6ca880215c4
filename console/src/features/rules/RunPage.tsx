import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { Card } from "@/ui/Card";
import { Facts } from "@/ui/Facts";
import { Identifier } from "@/ui/Identifier";
import { LinkButton } from "@/ui/LinkButton";
import { Loaded } from "@/ui/Loaded";
import { Moment } from "@/ui/Moment";
import { PageFrame } from "@/ui/PageFrame";
import { Banner, Progress, Table } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { BreakerCard } from "./BreakerCard";
import { HeldCard } from "./HeldCard";
import { useKnownPolicies, useRun, type Run } from "./queries";
import { useRunTexts } from "./runTexts";
import { useWords } from "./texts";
import "./rules.css";

/** One run: what came, what it found, whether it was held and who decided, and how far it is (E6). */
export function Component() {
  const { t } = useTranslation("rules");
  const { id = "" } = useParams();
  const run = useRun(id);
  return (
    <PageFrame
      title={run.data ? t(`run.title.${run.data.kind}`, { day: run.data.as_of }) : t("run.loading")}
      crumbs={[{ text: t("runs.title"), to: "/operate/runs" }]}
      actions={
        <LinkButton to={`/operate/audit?subject_kind=run&subject_id=${id}`}>{t("history")}</LinkButton>
      }
    >
      <Loaded query={run} rows={8}>
        {(found) => (
          <>
            {(found.status === "held" || found.proposal) && <HeldCard run={found} />}
            <ErrorBanner run={found} />
            <Progressing run={found} />
            <What run={found} />
            {"hidden" in found.watched && <BreakerCard run={found} watched={found.watched} />}
            <Summaries run={found} />
          </>
        )}
      </Loaded>
    </PageFrame>
  );
}

function ErrorBanner({ run }: { run: Run }) {
  const { t } = useTranslation("rules");
  const { what, fix } = useRunTexts();
  const { error } = run;
  if (!("code" in error)) return null;
  const { file, row } = "file" in error ? error : { file: null, row: null };
  return (
    <Banner
      type="danger"
      fullMode={false}
      closeIcon={null}
      title={what(error.code)}
      description={
        <div className="stack tight">
          {fix(error.code) && <p>{t("run.fix", { how: fix(error.code) })}</p>}
          {file !== null && (
            <p>
              {row === null ? t("run.file", { file }) : t("run.fileRow", { file, row: row.toString(), line: (row + 1).toString() })}
            </p>
          )}
          <p>
            <code>
              {error.code}: {error.message}
            </code>
          </p>
          <p>{t(run.status === "refused" ? "run.refusedText" : "run.failedText")}</p>
        </div>
      }
    />
  );
}

function Progressing({ run }: { run: Run }) {
  const { t, i18n } = useTranslation("rules");
  if (run.status === "evaluating") {
    return (
      <p role="status" className="muted">
        {t("run.evaluating")}
      </p>
    );
  }
  if (run.status !== "applying") return null;
  const percent = run.planned === 0 ? 0 : Math.floor((run.applied * 100) / run.planned);
  return (
    <Card title={t("run.applying")}>
      <Progress percent={percent} showInfo size="large" aria-label={t("run.applying")} />
      <p role="status" className="muted">
        {t("run.applied", {
          applied: run.applied.toLocaleString(i18n.language),
          planned: run.planned.toLocaleString(i18n.language),
        })}
      </p>
    </Card>
  );
}

function What({ run }: { run: Run }) {
  const { t, i18n } = useTranslation("rules");
  const shares = Object.entries(run.shares);
  return (
    <Card title={t("run.what")}>
      <Facts
        facts={[
          [t("runs.status"), <StatusTag key="tag" of="run" status={run.status} />],
          [t("run.kind"), t(`runKind.${run.kind}`)],
          [t("runs.asOf"), run.as_of],
          [t("runs.rows"), run.rows.toLocaleString(i18n.language)],
          [t("run.startedBy"), run.started_by],
          [t("runs.started"), <Moment key="started" at={run.started_at} />],
          [t("run.evaluated"), <Moment key="evaluated" at={run.evaluated_at} />],
          [t("run.adopted"), <Moment key="adopted" at={run.adopted_at} />],
          [t("run.ended"), <Moment key="ended" at={run.ended_at} />],
          [
            t("run.shares"),
            shares.length === 0 ? (
              t("common:none")
            ) : (
              <ul key="shares" className="stages">
                {shares.map(([version, percent]) => (
                  <li key={version}>
                    <Link to={`/operate/policies/${version}`}>{t("policies.number", { version })}</Link>{" "}
                    {t("stage.percent", { percent })}
                  </li>
                ))}
              </ul>
            ),
          ],
          [t("run.id"), <Identifier key="id" id={run.id} />],
          [t("run.feedHash"), run.feed_hash ? <Identifier key="hash" id={run.feed_hash} /> : t("common:none")],
        ]}
      />
    </Card>
  );
}

const NUMBERS = ["judged", "passing", "newly_hidden", "newly_shown", "added", "gone"] as const;

/** What was found for all accounts of the feed, by policy version. */
function Summaries({ run }: { run: Run }) {
  const { t, i18n } = useTranslation("rules");
  const { reason } = useWords();
  const policies = useKnownPolicies();
  const count = (number: number) => number.toLocaleString(i18n.language);
  return Object.entries(run.summaries).map(([version, summary]) => {
    const rules = policies.data?.find((policy) => String(policy.version) === version)?.rules ?? [];
    const failing = Object.entries(summary.failing).map(([code, number]) => ({ code, number }));
    return (
      <Card key={version} title={t("summary.title", { version })}>
        <dl className="figures">
          {NUMBERS.map((name) => (
            <div key={name}>
              <dt>{t(`summary.${name}`)}</dt>
              <dd>{count(summary[name])}</dd>
            </div>
          ))}
        </dl>
        {failing.length > 0 && (
          <Table
            size="small"
            pagination={false}
            rowKey="code"
            dataSource={failing}
            columns={[
              { title: t("summary.rule"), render: (_: unknown, row) => reason(row.code, rules) },
              {
                title: t("summary.failing"),
                align: "right",
                width: 180,
                render: (_: unknown, row) => count(row.number),
              },
              {
                title: t("summary.share"),
                align: "right",
                width: 120,
                render: (_: unknown, row) =>
                  summary.judged === 0
                    ? t("common:none")
                    : (row.number / summary.judged).toLocaleString(i18n.language, {
                        style: "percent",
                        maximumFractionDigits: 2,
                      }),
              },
            ]}
          />
        )}
      </Card>
    );
  });
}
