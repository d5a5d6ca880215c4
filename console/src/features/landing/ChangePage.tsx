import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { Card } from "@/ui/Card";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";
import { Account } from "./Account";
import { ChangeForm } from "./ChangeForm";
import { HiddenBanner } from "./HiddenNotice";
import { HistoryDrawer } from "./HistoryDrawer";
import { LatestChange, LiveNow } from "./Now";
import { Obstacles } from "./Obstacles";
import { listOf, pathOf } from "./paths";
import { useChecks, useRecord, type Place } from "./queries";
import { useHistoryDrawer } from "./useHistoryDrawer";
import "./landing.css";

/** Names the page that an account's entry opens, and submits it for review (L1–L3). */
export function Component() {
  const { t } = useTranslation("landing");
  const { appId = "", awemeId = "" } = useParams();
  const place = { appId, awemeId };
  const record = useRecord(place);
  const history = useHistoryDrawer();
  return (
    <PageFrame
      title={t("form.title")}
      crumbs={[{ text: t("title"), to: listOf(appId) }]}
      actions={
        <div className="row">
          <Link {...history.linkTo("1")}>{t("history.link")}</Link>
          <Link to={pathOf(place, "why")}>{t("why.link")}</Link>
        </div>
      }
    >
      <Loaded query={record}>
        {(record) => (
          <>
            {record.notice && (
              <HiddenBanner notice={record.notice}>
                <p>
                  {t("form.hidden")} <Link to={pathOf(place, "why")}>{t("why.link")}</Link>
                </p>
              </HiddenBanner>
            )}
            <Card title={<Account record={record} />}>
              <div className="halves">
                <section className="stack tight" aria-label={t("column.live")}>
                  <h3>{t("column.live")}</h3>
                  <LiveNow live={record.live} place={place} />
                </section>
                <section className="stack tight" aria-label={t("column.latest")}>
                  <h3>{t("column.latest")}</h3>
                  <LatestChange change={record.latest_change} place={place} />
                </section>
              </div>
            </Card>
            {record.available_actions.includes("modify") ? (
              <ChangeForm place={place} record={record} />
            ) : (
              <Closed place={place} />
            )}
          </>
        )}
      </Loaded>
      {history.opened && <HistoryDrawer place={place} onClose={history.close} />}
    </PageFrame>
  );
}

/** Nothing can be submitted now: what stands against it. */
function Closed({ place }: { place: Place }) {
  const checks = useChecks(place, {});
  return (
    <Loaded query={checks}>
      {({ problems }) => (
        <Obstacles appId={place.appId} problems={problems.filter(({ code }) => code !== "landing_source_ambiguous")} />
      )}
    </Loaded>
  );
}
