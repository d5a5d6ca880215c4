import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";

/** Why something was decided against, each with how to mend it, and what was seen. */
export function Reasons({ reasons }: { reasons: Schemas["ReasonOut"][] }) {
  const { t } = useTranslation();
  return (
    <ul className="reasons">
      {reasons.map((reason) => (
        <li key={`${reason.code} ${reason.text}`}>
          <strong>{reason.text}</strong>
          {reason.evidence && <p className="muted">{t("reasons.evidence", { evidence: reason.evidence })}</p>}
          {reason.how_to_fix && <p>{t("reasons.howToFix", { how: reason.how_to_fix })}</p>}
        </li>
      ))}
    </ul>
  );
}
