import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { Moment } from "@/ui/Moment";

/** From when a policy applies to how many of all accounts. */
export function Stages({ stages }: { stages: Schemas["StageOut"][] }) {
  const { t } = useTranslation("rules");
  return (
    <ul className="stages">
      {stages.map((stage) => (
        <li key={stage.percent}>
          <span>{t("stage.percent", { percent: stage.percent })}</span> <Moment at={stage.at} />
        </li>
      ))}
    </ul>
  );
}
