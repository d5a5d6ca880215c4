import { useTranslation } from "react-i18next";
import type { ErrNo } from "./document";

/** Codes with what each tells the caller to do. */
export function ErrNoTable({ codes }: { codes: ErrNo[] }) {
  const { t } = useTranslation("reference");
  return (
    <table className="plain">
      <thead>
        <tr>
          <th scope="col">err_no</th>
          <th scope="col">{t("errNo.text")}</th>
        </tr>
      </thead>
      <tbody>
        {codes.map(({ err_no, text }) => (
          <tr key={err_no}>
            <th scope="row" className="identifier">
              {err_no}
            </th>
            <td>{text}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
