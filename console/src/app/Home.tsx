import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";
import { useSession } from "@/api/session";
import { EmptyState } from "@/ui/EmptyState";
import { workplaces } from "./workplaces";

/** The first place where this person works. */
export function Home() {
  const { t } = useTranslation("app");
  const session = useSession();
  if (!session.data) return null;
  const [first] = workplaces(session.data);
  if (first) return <Navigate to={`/${first}`} replace />;
  return <EmptyState title={t("nothing.title")}>{t("nothing.text")}</EmptyState>;
}
