import { useTranslation } from "react-i18next";
import type { Application } from "./queries";

/** Why an application was rejected, and how to mend each point (C4). */
export function Reasons({ reasons }: { reasons: Application["reasons"] }) {
  const { t } = useTranslation("capability");
  return (
    <section className="stack tight" aria-label={t("reasons.title")}>
      <h3>{t("reasons.title")}</h3>
      <ol className="reasons">
        {reasons.map((reason, index) => (
          <li key={index}>
            <p>
              <strong>{reason.text}</strong>
            </p>
            <p>{t("reasons.fix", { text: reason.how_to_fix })}</p>
            {reason.evidence && (
              <p className="muted">
                {t("reasons.evidence")}
                <Evidence text={reason.evidence} />
              </p>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What a reviewer shows it by: often the address of a picture. */
function Evidence({ text }: { text: string }) {
  return /^https:\/\/\S+$/.test(text) ? (
    <a href={text} target="_blank" rel="noreferrer">
      {text}
    </a>
  ) : (
    text
  );
}
