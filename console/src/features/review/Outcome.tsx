import { useTranslation } from "react-i18next";
import { Moment } from "@/ui/Moment";
import { Reasons } from "@/ui/Reasons";
import { StatusTag } from "@/ui/StatusTag";
import { DIMENSIONS, type Dimension, type Mark } from "./decision";
import type { ItemDetail, Kind } from "./queries";

type Made = Pick<ItemDetail, "status" | "decided_at" | "reasons"> & { marks: Record<string, Mark> };

/** What was decided, with its marks and reasons. */
export function Outcome({ of, kind }: { of: Made; kind: Kind }) {
  const { t } = useTranslation("review");
  const marks = DIMENSIONS.filter((each) => of.marks[each]);
  const shown = (dimension: Dimension) => of.marks[dimension] ?? "good";
  return (
    <div className="stack tight">
      <span className="row">
        <StatusTag of={kind === "landing_change" ? "change" : "application"} status={of.status} />
        {of.decided_at && <Moment at={of.decided_at} />}
      </span>
      {marks.length > 0 && (
        <p className="muted">
          {marks.map((each) => `${t(`dimension.${each}`)} ${t(`mark.${shown(each)}`)}`).join(" · ")}
        </p>
      )}
      {of.reasons.length > 0 && <Reasons reasons={of.reasons} />}
    </div>
  );
}
