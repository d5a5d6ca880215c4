import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Card } from "@/ui/Card";
import { EmptyState } from "@/ui/EmptyState";
import { Loaded } from "@/ui/Loaded";
import { Moment } from "@/ui/Moment";
import { StatusTag } from "@/ui/StatusTag";
import { useVerdict } from "./queries";
import { said, threshold } from "./reading";

/** How an account stands by the policy in force: every rule's value, threshold and day (E5). */
export function Verdict({ awemeId }: { awemeId: string }) {
  const { t } = useTranslation("governance");
  const verdict = useVerdict(awemeId);
  const word = (key: string) => t(key);
  return (
    <Card title={t("verdict.title")}>
      <Loaded query={verdict}>
        {(found) => (
          <>
            <div className="row">
              <StatusTag of="judgement" status={found.status} />
              {found.policy_version !== null && (
                <Link to={`/operate/policies/${found.policy_version}`}>
                  {t("verdict.policy", { version: found.policy_version })}
                </Link>
              )}
              <span className="muted">
                {found.as_of ? t("verdict.asOf", { day: found.as_of }) : t("verdict.noFacts")}
              </span>
              {found.verdict && (
                <span className="muted">
                  {t("verdict.judged")} <Moment at={found.verdict.judged_at} />
                </span>
              )}
            </div>
            {!found.is_subject && <p>{t("verdict.notSubject")}</p>}
            {found.outcomes.length === 0 ? (
              <EmptyState title={t("verdict.noRules")} />
            ) : (
              <table className="plain">
                <thead>
                  <tr>
                    <th scope="col">{t("verdict.rule")}</th>
                    <th scope="col">{t("verdict.value")}</th>
                    <th scope="col">{t("verdict.threshold")}</th>
                    <th scope="col">{t("verdict.day")}</th>
                    <th scope="col">{t("verdict.outcome")}</th>
                  </tr>
                </thead>
                <tbody>
                  {found.outcomes.map((each) => (
                    <tr key={each.reason}>
                      <th scope="row">
                        {each.label}
                        {!each.is_met && <p className="muted">{each.how_to_fix}</p>}
                      </th>
                      <td>{each.is_available ? said(each.value, word) : t("verdict.notKept")}</td>
                      <td>{threshold(each, word)}</td>
                      <td>{each.as_of ?? t("common:none")}</td>
                      <td>
                        <StatusTag of="condition" status={each.is_met ? "met" : "unmet"} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </>
        )}
      </Loaded>
    </Card>
  );
}
