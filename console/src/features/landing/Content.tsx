import { useTranslation } from "react-i18next";
import type { Content as Contents } from "./differences";
import { address } from "./form";

/** What an entry says and opens. */
export function Content({ content }: { content: Contents }) {
  const { t } = useTranslation("landing");
  return (
    <div className="content">
      <span className="title">{content.title || t("content.programName")}</span>
      <span className="address">{address(content)}</span>
      {content.share_link && (
        <span className="muted small">{t("content.fromLink", { name: content.share_link.name })}</span>
      )}
    </div>
  );
}
