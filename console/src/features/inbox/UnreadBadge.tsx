import { IconBell } from "@douyinfe/semi-icons";
import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import { Badge } from "@/ui/semi";
import { useUnreadCount } from "./queries";

/** The way to the inbox, with how many messages are unread. */
export function UnreadBadge() {
  const { t } = useTranslation("inbox");
  const count = useUnreadCount().data ?? 0;
  return (
    <NavLink to="/inbox" className="bell" aria-label={t("bell", { count })}>
      <Badge count={count || null} overflowCount={99} type="danger">
        <IconBell size="large" />
      </Badge>
    </NavLink>
  );
}
