import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Banner } from "@/ui/semi";
import type { CheckProblem } from "./queries";

/** Where a problem that no field can mend is mended, below the mini program. */
const MENDED_AT: Record<string, { page: string; text: "empty.toCapability" | "empty.toAccounts" } | undefined> = {
  capability_not_granted: { page: "mount", text: "empty.toCapability" },
  binding_not_active: { page: "accounts", text: "empty.toAccounts" },
};

/** What stands against submitting that is not in the form. */
export function Obstacles({ appId, problems }: { appId: string; problems: CheckProblem[] }) {
  const { t } = useTranslation("landing");
  if (problems.length === 0) return null;
  return (
    <Banner
      type="warning"
      fullMode={false}
      closeIcon={null}
      title={t("form.cannot")}
      description={
        <ul>
          {problems.map(({ code, detail }) => {
            const mended = MENDED_AT[code];
            return (
              <li key={code}>
                {detail} {mended && <Link to={`/apps/${appId}/${mended.page}`}>{t(mended.text)}</Link>}
              </li>
            );
          })}
        </ul>
      }
    />
  );
}
