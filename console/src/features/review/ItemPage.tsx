import { useTranslation } from "react-i18next";
import { useLocation, useParams } from "react-router";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";
import { useItem, type Kind } from "./queries";
import "./review.css";
import { Work } from "./Work";

/** One item of the desk: what it is, what is live, what was decided before, and the decision. */
export function Component() {
  const { t } = useTranslation("review");
  const { kind = "", id = "" } = useParams();
  const { search } = useLocation();
  const item = useItem(kind as Kind, id);
  const title = item.data
    ? [`${t(`kind.${item.data.kind}`)} · ${item.data.app_name}`, item.data.account?.nickname].filter(Boolean).join(" → ")
    : t("item.title");
  return (
    <PageFrame title={title} crumbs={[{ text: t("title"), to: `/review${search}` }]}>
      <Loaded query={item} rows={8}>
        {(item) => <Work key={`${item.kind} ${item.id}`} item={item} />}
      </Loaded>
    </PageFrame>
  );
}
