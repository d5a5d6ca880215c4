import { useTranslation } from "react-i18next";
import { exact, minute, relative } from "./moment";
import { Tooltip } from "./semi";

/** A time in Shanghai to the minute; its exact moment, and how long ago, on hover and focus. */
export function Moment({ at }: { at: string | null | undefined }) {
  const { t, i18n } = useTranslation();
  if (!at) return <span className="muted">{t("none")}</span>;
  const exactly = t("moment.exact", {
    shanghai: exact(at),
    utc: new Date(at).toISOString(),
    relative: relative(at, new Date(), i18n.language),
  });
  return (
    <Tooltip content={exactly}>
      <time dateTime={at} className="moment" tabIndex={0}>
        {minute(at)}
      </time>
    </Tooltip>
  );
}
