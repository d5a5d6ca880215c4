import { useTranslation } from "react-i18next";
import { StatusTag } from "@/ui/StatusTag";
import { Tooltip } from "@/ui/semi";
import type { Item } from "./queries";

/** When an item is due, and how many working days are left of it (C3). */
export function Due({ item }: { item: Item }) {
  const { t } = useTranslation("review");
  return (
    <span className="review-due">
      {item.is_overdue ? (
        <StatusTag of="due" status="overdue" />
      ) : item.working_days_left === 0 ? (
        <StatusTag of="due" status="today" />
      ) : (
        <span>{t("due.left", { count: item.working_days_left })}</span>
      )}
      <time dateTime={item.due_on} className="muted moment">
        {item.due_on}
      </time>
      {item.due_is_estimated && (
        <Tooltip content={t("due.estimatedWhy")}>
          <span className="muted review-hint" tabIndex={0}>
            {t("due.estimated")}
          </span>
        </Tooltip>
      )}
    </span>
  );
}
