import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ActDialog } from "@/ui/ActDialog";
import { Moment } from "@/ui/Moment";
import { countdown, minute } from "@/ui/moment";
import { Banner, Button } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { Trouble } from "@/ui/Trouble";
import { useNow } from "@/ui/useNow";
import { Due } from "./Due";
import type { ItemDetail, useClaim, useRelease } from "./queries";

const SOON_MS = 3 * 60_000;

/** How an item stands, in one line: status, due day, and how long one's claim holds. */
export function Line({
  item,
  isMine,
  isClaiming,
  release,
}: {
  item: ItemDetail;
  isMine: boolean;
  isClaiming: boolean;
  release: ReturnType<typeof useRelease>;
}) {
  const { t } = useTranslation("review");
  const { claim } = item;
  return (
    <div className="row">
      <StatusTag of="change" status={item.status} />
      {item.status === "in_review" && <Due item={item} />}
      <span className="muted">
        {t("column.submitted")} <Moment at={item.submitted_at} />
      </span>
      {isClaiming && !isMine && <span className="muted">{t("claim.claiming")}</span>}
      {isMine && claim.expires_at && (
        <>
          <Remaining until={claim.expires_at} />
          <Button size="small" loading={release.isPending} onClick={() => release.mutate()}>
            {t("claim.release")}
          </Button>
        </>
      )}
      {release.error && <Trouble error={release.error} />}
    </div>
  );
}

function Remaining({ until }: { until: string }) {
  const { t } = useTranslation("review");
  const now = useNow();
  const isSoon = new Date(until).getTime() - now.getTime() < SOON_MS;
  return (
    <span className={isSoon ? "review-soon" : "muted"} role="timer">
      <StatusTag of="claim" status="mine" /> {t("claim.remaining", { time: countdown(until, now) })}
    </span>
  );
}

/** What the reviewer has to know before deciding, or why they cannot: told as soon as it is so (L3). */
export function Told({
  item,
  wasOpen,
  wasMine,
  claim,
  search,
}: {
  item: ItemDetail;
  /** Whether it waited for a decision when the page was opened. */
  wasOpen: boolean;
  /** Whether the reviewer held it at some time since. */
  wasMine: boolean;
  claim: ReturnType<typeof useClaim>;
  search: string;
}) {
  const { t } = useTranslation("review");
  const [isTaking, setTaking] = useState(false);
  const taking = { ...claim, mutate: ({ reason }: { reason: string }) => claim.mutate({ reason }, { onSuccess: () => setTaking(false) }) };
  const { state, claimed_at, expires_at } = item.claim;
  if (item.status !== "in_review") {
    if (item.superseded_by) {
      return (
        <Notice type="warning" title={t("told.replaced")} text={t("told.replacedText")}>
          <Link to={`/review/${item.kind}/${item.superseded_by}${search}`}>{t("told.openNewer")}</Link>
        </Notice>
      );
    }
    if (!wasOpen) return null;
    return (
      <Notice type="warning" title={t(`told.${item.status}`)} text={t("told.overText")}>
        <Link to={`/review${search}`}>{t("told.back")}</Link>
      </Notice>
    );
  }
  if (item.is_own_entity) return <Notice type="info" title={t("own.title")} text={t("own.text")} />;
  if (state === "claimed") {
    return (
      <>
        <Notice
          type="warning"
          title={t(wasMine ? "told.takenOver" : "told.claimed")}
          text={t("told.claimedText", {
            who: item.claimed_by ?? "",
            since: claimed_at && minute(claimed_at).slice(11),
            until: expires_at && minute(expires_at).slice(11),
          })}
        >
          {item.available_actions.includes("take_over") && (
            <Button onClick={() => setTaking(true)}>{t("claim.takeOver")}</Button>
          )}
        </Notice>
        <ActDialog
          isOpen={isTaking}
          title={t("claim.takeOver")}
          verb={t("claim.takeOver")}
          act={taking}
          onClose={() => setTaking(false)}
          needsReason
        >
          <p>{t("claim.takeOverText")}</p>
        </ActDialog>
      </>
    );
  }
  if (state === "free" && claim.error) return <Trouble error={claim.error} onRetry={() => claim.mutate({})} />;
  if (state === "free" && wasMine) {
    return (
      <Notice type="warning" title={t("told.ended")} text={t("told.endedText")}>
        {item.available_actions.includes("claim") && (
          <Button loading={claim.isPending} onClick={() => claim.mutate({})}>
            {t("claim.again")}
          </Button>
        )}
      </Notice>
    );
  }
  if (item.is_page_published === false) {
    return <Notice type="warning" title={t("told.pageMissing")} text={t("told.pageMissingText")} />;
  }
  return null;
}

/** Semi's banner is an alert by itself. */
function Notice({
  type,
  title,
  text,
  children,
}: {
  type: "info" | "warning";
  title: string;
  text: string;
  children?: ReactNode;
}) {
  return (
    <Banner
      type={type}
      closeIcon={null}
      fullMode={false}
      title={title}
      description={
        <div className="row between">
          <p>{text}</p>
          {children}
        </div>
      }
    />
  );
}
