import { useTranslation } from "react-i18next";
import { SideNav } from "@/ui/SideNav";

/** The operators' pages by what they are about, in the order in which they are needed. */
const GROUPS = {
  look: ["find", "system", "audit"],
  act: ["grants", "denies", "clearances", "takedowns", "providers"],
  rules: ["policies", "drafts", "runs", "alarms", "calendar"],
} as const;

/** The operators' workplace with its navigation. */
export function OperateFrame() {
  const { t } = useTranslation("app");
  const groups = Object.entries(GROUPS).map(([group, pages]) => ({
    title: t(`operate.${group}`),
    links: pages.map((page) => ({ to: `/operate/${page}`, text: t(`operate.page.${page}`) })),
  }));
  return <SideNav label={t("place.operate")} groups={groups} />;
}
