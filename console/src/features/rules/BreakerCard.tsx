import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "@/api/client";
import { Card } from "@/ui/Card";
import { StatusTag } from "@/ui/StatusTag";
import type { Run } from "./queries";

const CHECKS = {
  feed: ["too_many_hidden", "row_count_differs", "day_missing"],
  policy: ["too_many_hidden"],
} as const;

/** What the run means for accounts that somebody has an eye on, against the limits of the breaker. */
export function BreakerCard({ run, watched }: { run: Run; watched: Schemas["WatchedOut"] }) {
  const { t, i18n } = useTranslation("rules");
  const count = (value: number | string) =>
    typeof value === "number" ? value.toLocaleString(i18n.language) : value;
  const tripped = new Map(run.reasons.map((reason) => [reason.code, reason]));
  const within = { too_many_hidden: watched.hidden, row_count_differs: run.rows, day_missing: run.as_of };
  return (
    <Card title={t("breaker.title")}>
      <dl className="figures">
        <div>
          <dt>{t("breaker.passing")}</dt>
          <dd>{count(watched.passing)}</dd>
        </div>
        <div className={tripped.has("too_many_hidden") ? "is-bad" : undefined}>
          <dt>{t("runs.newlyHidden")}</dt>
          <dd>{count(watched.hidden)}</dd>
        </div>
        <div>
          <dt>{t("runs.newlyShown")}</dt>
          <dd>{count(watched.shown)}</dd>
        </div>
      </dl>
      <table className="differences">
        <thead>
          <tr>
            <th scope="col">{t("breaker.check")}</th>
            <th scope="col">{t("breaker.actual")}</th>
            <th scope="col">{t("breaker.limit")}</th>
            <th scope="col">{t("breaker.result")}</th>
          </tr>
        </thead>
        <tbody>
          {CHECKS[run.kind].map((code) => {
            const reason = tripped.get(code);
            const limit = reason?.limit ?? (code === "too_many_hidden" ? watched.hidden_limit : null);
            return (
              <tr key={code} className={reason ? "changed" : undefined}>
                <th scope="row">{t(`breaker.${code}.check`)}</th>
                <td>{count(reason?.actual ?? within[code])}</td>
                <td>
                  {limit === null ? t(`breaker.${code}.rule`) : t(`breaker.${code}.limit`, { limit: count(limit) })}
                </td>
                <td>
                  <StatusTag of="condition" status={reason ? "unmet" : "met"} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <div className="halves">
        <Examples title={t("breaker.hiddenExamples")} ids={watched.hidden_examples} all={watched.hidden} />
        <Examples title={t("breaker.shownExamples")} ids={watched.shown_examples} all={watched.shown} />
      </div>
    </Card>
  );
}

function Examples({ title, ids, all }: { title: string; ids: string[]; all: number }) {
  const { t } = useTranslation("rules");
  return (
    <section>
      <h3>{title}</h3>
      {ids.length === 0 ? (
        <p className="muted">{t("breaker.noExamples")}</p>
      ) : (
        <ul className="id-list">
          {ids.map((id) => (
            <li key={id}>
              <Link to={`/operate/accounts/${id}`}>{id}</Link>
            </li>
          ))}
          {all > ids.length && <li className="muted">{t("breaker.more", { count: all - ids.length })}</li>}
        </ul>
      )}
    </section>
  );
}
