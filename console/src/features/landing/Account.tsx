import { useTranslation } from "react-i18next";
import { Identifier } from "@/ui/Identifier";
import { Label } from "@/ui/Label";
import { Picture } from "@/ui/Picture";
import type { LandingRecord } from "./queries";

/** The account of a record, and how it is bound. */
export function Account({ record: { account, binding } }: { record: LandingRecord }) {
  const { t } = useTranslation("landing");
  return (
    <div className="account">
      <Picture name={account.nickname} url={account.avatar_url} isRound size={36} />
      <div>
        <strong>{account.nickname}</strong> <Label>{t(`kind.${binding.kind}`)}</Label>
        <div>
          <Identifier id={account.aweme_id} />
        </div>
      </div>
    </div>
  );
}
