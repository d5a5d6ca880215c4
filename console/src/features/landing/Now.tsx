import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Moment } from "@/ui/Moment";
import { Reasons } from "@/ui/Reasons";
import { StatusTag } from "@/ui/StatusTag";
import { Content } from "./Content";
import { pathOf } from "./paths";
import type { Change, LandingRecord, Place } from "./queries";
import { WithdrawButton } from "./WithdrawButton";

/** What is live on an account (线上生效). */
export function LiveNow({ live, place }: { live: LandingRecord["live"]; place: Place }) {
  const { t } = useTranslation("landing");
  if (!live) {
    return (
      <span className="muted">
        {t("common:none")} {t("live.none")}
      </span>
    );
  }
  return (
    <div className="stack tight">
      <Content content={live} />
      <span className="muted small">
        {t("live.since")} <Moment at={live.approved_at} />
      </span>
      {!live.has_page && (
        <p className="hidden-notice">
          {t("live.pageMissing")} <Link to={pathOf(place, "why")}>{t("why.link")}</Link>
        </p>
      )}
    </div>
  );
}

/** The newest change (最新变动), with what came of it. */
export function LatestChange({ change, place }: { change: Change | null; place: Place }) {
  const { t } = useTranslation("landing");
  if (!change) return <span className="muted">{t("latest.none")}</span>;
  return (
    <div className="stack tight">
      <div className="row">
        <StatusTag of="change" status={change.status} />
        {change.available_actions.includes("withdraw") && <WithdrawButton place={place} change={change} />}
      </div>
      <Content content={change} />
      <Times change={change} />
      {change.reasons.length > 0 && <Reasons reasons={change.reasons} />}
    </div>
  );
}

/** When a change was submitted, and decided or due. */
export function Times({ change }: { change: Change }) {
  const { t } = useTranslation("landing");
  return (
    <span className="muted small">
      {t("change.submittedAt")} <Moment at={change.submitted_at} />
      {change.decided_at && (
        <>
          <br />
          {t("change.decidedAt")} <Moment at={change.decided_at} />
        </>
      )}
      {change.status === "in_review" && (
        <>
          <br />
          {t(change.due_is_estimated ? "change.dueEstimated" : "change.due", { day: change.due_on })}
        </>
      )}
    </span>
  );
}
