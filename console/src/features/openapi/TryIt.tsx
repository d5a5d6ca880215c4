import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Code } from "@/ui/Code";
import { getToken, listCapabilities } from "./curl";

/** The first two calls, ready for a terminal; the secret is asked for there, and is not in them. */
export function TryIt({ clientKey }: { clientKey: string }) {
  const { t } = useTranslation("openapi");
  const { origin } = globalThis.location;
  return (
    <div className="stack">
      <p>{t("try.text")}</p>
      <Code label={t("try.token")} text={getToken(origin, clientKey)} />
      <Code label={t("try.call")} text={listCapabilities(origin)} />
      <p className="muted">
        {t("try.guide")} <Link to="/reference/open-platform">{t("try.reference")}</Link>
      </p>
    </div>
  );
}
