import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { Button } from "@/ui/semi";
import { Content } from "./Content";
import { useWithdraw, type Change, type Place } from "./queries";

/** Takes a change out of review, after asking. */
export function WithdrawButton({ place, change }: { place: Place; change: Change }) {
  const { t } = useTranslation("landing");
  const [isOpen, setOpen] = useState(false);
  const withdraw = useWithdraw(place, () => setOpen(false));
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        {t("withdraw.button")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("withdraw.title")}
        verb={t("withdraw.button")}
        act={{ ...withdraw, mutate: () => withdraw.mutate(change.id) }}
        onClose={() => setOpen(false)}
        isDangerous
      >
        <p>{t("withdraw.text")}</p>
        <Content content={change} />
      </ActDialog>
    </>
  );
}
