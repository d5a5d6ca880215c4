import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Card } from "@/ui/Card";
import { Outcome } from "./Outcome";
import type { ItemDetail } from "./queries";

/** Earlier decisions on the same mini program (and account), newest first. */
export function Earlier({ item, search }: { item: ItemDetail; search: string }) {
  const { t } = useTranslation("review");
  return (
    <Card title={t("earlier.title")}>
      {item.earlier.length === 0 && <p className="muted">{t(`earlier.none.${item.kind}`)}</p>}
      <ul className="review-earlier">
        {item.earlier.map((one) => (
          <li key={one.id}>
            <Outcome of={one} kind={item.kind} />
            <Link to={`/review/${item.kind}/${one.id}${search}`}>{t("earlier.open")}</Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
