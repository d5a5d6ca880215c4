import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { Moment } from "@/ui/Moment";
import { Banner, Button } from "@/ui/semi";
import { Content } from "./Content";
import { profileOf } from "./paths";
import { inReview, useRemove, useTakedown, type LandingRecord, type Place, type Removed } from "./queries";

/** Takes the entry of a record away, after saying what goes. */
export function RemoveButton({
  place,
  record,
  onRemoved,
}: {
  place: Place;
  record: LandingRecord;
  onRemoved: (removed: Removed) => void;
}) {
  const { t } = useTranslation("landing");
  const [isOpen, setOpen] = useState(false);
  const remove = useRemove(place, (removed) => {
    setOpen(false);
    onRemoved(removed);
  });
  const waiting = inReview(record);
  return (
    <>
      <Button type="danger" theme="borderless" size="small" onClick={() => setOpen(true)}>
        {t("remove.button")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("remove.title", { nickname: record.account.nickname })}
        verb={t("remove.confirm")}
        act={{ ...remove, mutate: () => remove.mutate() }}
        onClose={() => setOpen(false)}
        isDangerous
      >
        {record.live && (
          <div className="stack tight">
            <p>{t("remove.live")}</p>
            <Content content={record.live} />
          </div>
        )}
        {waiting && (
          <div className="stack tight">
            <p>{t("remove.waiting")}</p>
            <Content content={waiting} />
          </div>
        )}
        <p className="muted">{t("remove.later")}</p>
      </ActDialog>
    </>
  );
}

/** What became of a removal: on its way, or gone from every node. */
export function RemovedNotice({
  place,
  removed,
  onClose,
}: {
  place: Place;
  removed: Removed;
  onClose: () => void;
}) {
  const { t } = useTranslation("landing");
  const takedown = useTakedown(place, removed.takedown);
  const { nickname } = removed.account;
  return (
    <div role="status">
      <Banner
        type={takedown && !takedown.effective_at ? "info" : "success"}
        fullMode={false}
        onClose={onClose}
        title={t("remove.done", { nickname })}
        description={
          takedown === null ? (
            t("remove.nothingLive")
          ) : takedown.effective_at ? (
            <>
              {t("remove.gone")} <Moment at={takedown.effective_at} />{" "}
              <a href={profileOf(place.awemeId)} target="_blank" rel="noreferrer">
                {t("profile")}
              </a>
            </>
          ) : (
            t("remove.going")
          )
        }
      />
    </div>
  );
}
