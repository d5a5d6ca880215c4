import { useTranslation } from "react-i18next";
import { useLocation, useParams } from "react-router";
import { EmptyState } from "@/ui/EmptyState";
import { Loaded } from "@/ui/Loaded";
import { PageFrame, type Crumb } from "@/ui/PageFrame";
import { KINDS, useItem, type Kind } from "./queries";
import "./review.css";
import { Work } from "./Work";

/** One item of the desk: what it is, what is live, what was decided before, and the decision. */
export function Component() {
  const { t } = useTranslation("review");
  const { search } = useLocation();
  const { kind: named, id = "" } = useParams();
  const kind = KINDS.find((each) => each === named);
  const crumbs = [{ text: t("title"), to: `/review${search}` }];
  if (kind) return <ItemPage kind={kind} id={id} crumbs={crumbs} />;
  return (
    <PageFrame title={t("item.title")} crumbs={crumbs}>
      <EmptyState title={t("item.unknown")} />
    </PageFrame>
  );
}

function ItemPage({ kind, id, crumbs }: { kind: Kind; id: string; crumbs: Crumb[] }) {
  const { t } = useTranslation("review");
  const item = useItem(kind, id);
  const title = item.data
    ? [`${t(`kind.${item.data.kind}`)} · ${item.data.app_name}`, item.data.account?.nickname].filter(Boolean).join(" → ")
    : t("item.title");
  return (
    <PageFrame title={title} crumbs={crumbs}>
      <Loaded query={item} rows={8}>
        {(item) => <Work key={`${item.kind} ${item.id}`} item={item} />}
      </Loaded>
    </PageFrame>
  );
}
