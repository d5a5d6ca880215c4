import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { Loaded } from "@/ui/Loaded";
import { Moment } from "@/ui/Moment";
import { Button } from "@/ui/semi";
import { useLimits, useRecord, useUnbind, type Binding, type Takedown } from "./queries";

/** 解绑, told beforehand what it takes away: the entry, the slot, one of the month's unbinds (B6). */
export function Unbind({
  binding,
  onDone,
}: {
  binding: Binding;
  onDone: (ended: { takedown: Takedown | null }) => void;
}) {
  const { t } = useTranslation("binding");
  const [isOpen, setOpen] = useState(false);
  const limits = useLimits();
  const record = useRecord(binding.account.aweme_id, isOpen);
  const unbind = useUnbind(binding.id, (ended) => {
    setOpen(false);
    onDone(ended);
  });
  const unbinds = limits.data?.unbinds;
  return (
    <>
      <Button type="danger" onClick={() => setOpen(true)}>
        {t("unbind.verb")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("unbind.title", { name: binding.account.nickname })}
        verb={t("unbind.verb")}
        act={unbind}
        onClose={() => setOpen(false)}
        isDangerous
        canConfirm={record.data !== undefined && unbinds !== undefined && !unbinds.next_at}
      >
        <p>{t("unbind.takes")}</p>
        <Loaded query={record} rows={2}>
          {({ live, latest_change: change }) => (
            <ul className="bullets">
              <li>
                {live ? t("unbind.live", { page: live.title || live.page_path }) : t("unbind.noLive")}
              </li>
              {change?.status === "in_review" && (
                <li>{t("unbind.inReview", { page: change.title || change.page_path })}</li>
              )}
              <li>{t("unbind.slot")}</li>
              <li>
                {unbinds?.next_at ? (
                  <strong>
                    {t("unbind.none")} <Moment at={unbinds.next_at} />
                  </strong>
                ) : (
                  t("unbind.counts", { left: unbinds?.left ?? 0 })
                )}
              </li>
            </ul>
          )}
        </Loaded>
        <p className="muted">{t("unbind.again")}</p>
      </ActDialog>
    </>
  );
}
