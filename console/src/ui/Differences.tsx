import { useTranslation } from "react-i18next";

export interface Difference {
  name: string;
  before: string;
  after: string;
}

/** What changed between two states, field by field; what stayed is told too, without emphasis. */
export function Differences({
  rows,
  before,
  after,
}: {
  rows: Difference[];
  /** What the two columns are, such as "live" and "submitted". */
  before: string;
  after: string;
}) {
  const { t } = useTranslation();
  const shown = (text: string) => text || <span className="muted">{t("none")}</span>;
  return (
    <table className="differences">
      <thead>
        <tr>
          <th scope="col">{t("difference.field")}</th>
          <th scope="col">{before}</th>
          <th scope="col">{after}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name} className={row.before === row.after ? "same" : "changed"}>
            <th scope="row">
              {row.name}
              {row.before !== row.after && <span className="changed-mark">{t("difference.changed")}</span>}
            </th>
            <td>{shown(row.before)}</td>
            <td>{shown(row.after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
