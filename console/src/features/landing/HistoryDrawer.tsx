import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { Differences } from "@/ui/Differences";
import { EmptyState } from "@/ui/EmptyState";
import { Label } from "@/ui/Label";
import { Loaded } from "@/ui/Loaded";
import { Reasons } from "@/ui/Reasons";
import { RadioGroup } from "@/ui/RadioGroup";
import { Button, SideSheet } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { Content } from "./Content";
import { comparedWith, differences, type Against, type Content as Contents } from "./differences";
import { Times } from "./Now";
import { inReview, useHistory, useRecord, useSubmit, type Change, type LandingRecord, type Place } from "./queries";
import { WithdrawButton } from "./WithdrawButton";

/** Every change of a record, newest first, each with what it made different (L5). */
export function HistoryDrawer({ place, onClose }: { place: Place; onClose: () => void }) {
  const { t } = useTranslation("landing");
  const record = useRecord(place);
  const nickname = record.data?.account.nickname ?? place.awemeId;
  return (
    <SideSheet
      visible
      width={720}
      title={t("history.title", { nickname })}
      onCancel={onClose}
      closeOnEsc
      aria-label={t("history.title", { nickname })}
    >
      <Loaded query={record}>{(record) => <Changes place={place} record={record} />}</Loaded>
    </SideSheet>
  );
}

function Changes({ place, record }: { place: Place; record: LandingRecord }) {
  const { t } = useTranslation("landing");
  const [against, setAgainst] = useState<Against>("previous");
  const { changes, earlier } = useHistory(place);
  const query = {
    data: changes.isPending ? undefined : changes.rows,
    error: changes.error,
    refetch: changes.retry,
  };
  return (
    <Loaded query={query}>
      {(rows) =>
        rows.length === 0 ? (
          <EmptyState title={t("history.empty")}>{t("history.emptyText")}</EmptyState>
        ) : (
          <div className="stack">
            <RadioGroup
              type="button"
              value={against}
              onChange={(event) => setAgainst(event.target.value as Against)}
              options={[
                { value: "previous", label: t("history.withPrevious") },
                { value: "live", label: t("history.withLive") },
              ]}
              aria-label={t("history.against")}
            />
            <ol className="changes" aria-label={t("history.link")}>
              {rows.map((change, index) => (
                <li key={change.id} className="card">
                  <Head place={place} change={change} record={record} />
                  {change.reasons.length > 0 && <Reasons reasons={change.reasons} />}
                  <Compared
                    change={change}
                    against={against}
                    other={comparedWith(rows, index, against, { earlier, live: record.live })}
                  />
                </li>
              ))}
            </ol>
            {(changes.previous ?? changes.next) && (
              <nav className="pages" aria-label={t("common:pages.label")}>
                <Button disabled={!changes.previous} onClick={() => changes.previous?.()}>
                  {t("history.newer")}
                </Button>
                <Button disabled={!changes.next} onClick={() => changes.next?.()}>
                  {t("history.older")}
                </Button>
              </nav>
            )}
          </div>
        )
      }
    </Loaded>
  );
}

function Head({ place, change, record }: { place: Place; change: Change; record: LandingRecord }) {
  const { t } = useTranslation("landing");
  const can = (action: string) => change.available_actions.includes(action);
  return (
    <div className="row between">
      <div className="row">
        <StatusTag of="change" status={change.status} />
        {change.is_live && <Label>{t("column.live")}</Label>}
        <Times change={change} />
      </div>
      <div className="row">
        {can("withdraw") && <WithdrawButton place={place} change={change} />}
        {can("resubmit") && !change.is_live && (
          <ResubmitButton place={place} change={change} record={record} />
        )}
      </div>
    </div>
  );
}

function Compared({
  change,
  against,
  other,
}: {
  change: Change;
  against: Against;
  other: Contents | null | undefined;
}) {
  const { t } = useTranslation("landing");
  if (other === undefined) return null;
  if (other?.id === change.id) return <Plain change={change} note={t("history.isLive")} />;
  if (other === null) {
    return <Plain change={change} note={t(against === "live" ? "live.none" : "history.first")} />;
  }
  return (
    <Differences
      rows={differences(other, change, (part) => t(`part.${part}`))}
      before={t(against === "live" ? "column.live" : "history.previous")}
      after={t("history.this")}
    />
  );
}

function Plain({ change, note }: { change: Change; note: string }) {
  return (
    <div className="stack tight">
      <Content content={change} />
      <p className="muted small">{note}</p>
    </div>
  );
}

/** Submits an earlier change once more, after asking: it withdraws the one in review. */
function ResubmitButton({ place, change, record }: { place: Place; change: Change; record: LandingRecord }) {
  const { t } = useTranslation("landing");
  const [isOpen, setOpen] = useState(false);
  const submit = useSubmit(place, () => setOpen(false));
  const waiting = inReview(record);
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        {t("resubmit.button")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("resubmit.title")}
        verb={t("resubmit.button")}
        act={{ ...submit, mutate: () => submit.mutate({ from_change: change.id }) }}
        onClose={() => setOpen(false)}
      >
        <p>{t("resubmit.text")}</p>
        <Content content={change} />
        {waiting && (
          <div className="hidden-notice">
            <p>{t("form.withdraws")}</p>
            <Content content={waiting} />
            <Times change={waiting} />
          </div>
        )}
      </ActDialog>
    </>
  );
}
