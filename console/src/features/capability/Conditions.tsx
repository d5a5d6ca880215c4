import { useTranslation } from "react-i18next";
import { StatusTag } from "@/ui/StatusTag";
import type { Condition } from "./queries";

/** What the capability asks for, what is, and how to mend what is not met (C1). */
export function Conditions({ conditions }: { conditions: Condition[] }) {
  const { t } = useTranslation("capability");
  return (
    <ul className="checklist" aria-label={t("conditions")}>
      {conditions.map((condition) => (
        <li key={condition.key}>
          <StatusTag of="condition" status={condition.is_met ? "met" : "unmet"} />
          <div>
            <p>{condition.text}</p>
            <p className="muted">{t("actual", { value: shown(condition) })}</p>
            {!condition.is_met && <p>{t(`mend.${condition.key}`)}</p>}
          </div>
        </li>
      ))}
    </ul>
  );

  function shown({ actual }: Condition) {
    return typeof actual === "boolean" ? t(actual ? "status:program.online" : "status:program.offline") : actual;
  }
}
