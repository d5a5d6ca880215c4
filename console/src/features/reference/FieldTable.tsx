import { useTranslation } from "react-i18next";
import { Prose } from "./Prose";
import type { Row } from "./schema";

/** Fields with their types, those inside others set in. */
export function FieldTable({ rows, isAnswer = false }: { rows: Row[]; isAnswer?: boolean }) {
  const { t } = useTranslation("reference");
  if (rows.length === 0) return null;
  return (
    <table className="plain fields">
      <thead>
        <tr>
          <th scope="col">{t("field.name")}</th>
          <th scope="col">{t("field.type")}</th>
          <th scope="col">{t("field.text")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.path}>
            <th scope="row" className={`depth-${Math.min(row.depth, 6)}`}>
              <code>{row.name}</code>
              {row.isRequired && !isAnswer && <span className="needed">{t("field.required")}</span>}
            </th>
            <td>
              <code>{row.type}</code>
            </td>
            <td>
              {row.text && <Prose text={row.text} />}
              {row.limits.length > 0 && <p className="muted limits">{row.limits.join(" · ")}</p>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
