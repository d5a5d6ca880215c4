import { useTranslation } from "react-i18next";
import { useAppId } from "@/api/app";
import { Code } from "@/ui/Code";

/** How an address is verified: what is sent to it, and what it must answer. */
export function Challenge({ isOpen }: { isOpen: boolean }) {
  const { t } = useTranslation("webhooks");
  const sent = { event: "verify_webhook", client_key: useAppId(), content: { challenge: 12345 } };
  return (
    <details className="challenge" open={isOpen}>
      <summary>{t("challenge.title")}</summary>
      <div className="stack">
        <p>{t("challenge.text")}</p>
        <div className="halves">
          <Code label={t("challenge.sent")} text={JSON.stringify(sent, null, 2)} />
          <Code label={t("challenge.answer")} text={JSON.stringify({ challenge: 12345 }, null, 2)} />
        </div>
        <p className="muted">{t("challenge.rules")}</p>
      </div>
    </details>
  );
}
