import { useTranslation } from "react-i18next";
import type { FactType } from "./policy";

/** The facts that a policy is about, each with the type of its values. */
export function FactList({ facts }: { facts: Record<string, FactType> }) {
  const { t } = useTranslation("rules");
  return (
    <ul className="fact-list">
      {Object.entries(facts).map(([name, type]) => (
        <li key={name}>
          <code>{name}</code> <span className="muted">{t(`factType.${type}`)}</span>
        </li>
      ))}
    </ul>
  );
}
