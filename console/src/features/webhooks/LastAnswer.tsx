import { useTranslation } from "react-i18next";
import type { Delivery } from "./queries";

/** What the developer's server last answered to a delivery, or why it did not. */
export function LastAnswer({ delivery: { attempts, last_answer: answer } }: { delivery: Delivery }) {
  const { t } = useTranslation("webhooks");
  if (attempts === 0) return <span className="muted">{t("delivery.notTried")}</span>;
  return (
    <span>
      {answer.http_status !== null && t("delivery.http", { status: answer.http_status })}
      {answer.http_status !== null && answer.error_text && " · "}
      {answer.error_text}
    </span>
  );
}
