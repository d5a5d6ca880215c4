import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "@/api/client";
import { Banner } from "@/ui/semi";
import { pathOf } from "./paths";
import type { Place } from "./queries";

/** That the creator rules hide the entry (E4), in a row of the list. */
export function HiddenNotice({ notice, place }: { notice: Schemas["NoticeOut"]; place: Place }) {
  const { t } = useTranslation("landing");
  return (
    <div className="hidden-notice">
      <strong>{notice.title}</strong>
      <p>{notice.text}</p>
      <Link to={pathOf(place, "why")}>{t("why.link")}</Link>
    </div>
  );
}

/** The same at the top of a page. */
export function HiddenBanner({
  notice,
  children,
}: {
  notice: Schemas["NoticeOut"];
  /** What follows from it on this page. */
  children?: React.ReactNode;
}) {
  return (
    <Banner
      type="warning"
      fullMode={false}
      closeIcon={null}
      title={notice.title}
      description={
        <div className="stack tight">
          <p>{notice.text}</p>
          {children}
        </div>
      }
    />
  );
}
