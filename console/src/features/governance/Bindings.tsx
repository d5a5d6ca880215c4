import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Identifier } from "@/ui/Identifier";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import type { ColumnProps } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { accountLink } from "./found";
import { useBindings, type Binding } from "./queries";

/** The accounts that a mini program is, was, or asks to be bound to. */
export function Bindings({ appId, surface }: { appId: string; surface: string }) {
  const { t } = useTranslation("governance");
  const bindings = useBindings({ app_id: appId, surface });
  const columns: ColumnProps<Binding>[] = [
    {
      title: t("kind.account"),
      render: (_: unknown, each) => (
        <>
          <Link to={accountLink(each.account.aweme_id)}>{each.account.nickname}</Link>
          <p className="muted">{each.account.aweme_id}</p>
        </>
      ),
    },
    {
      title: t("account.bindingKind"),
      width: 110,
      render: (_: unknown, each) => t(`bindingKind.${each.kind}`),
    },
    {
      title: t("status"),
      width: 140,
      render: (_: unknown, each) => <StatusTag of="binding" status={each.status} />,
    },
    {
      title: t("account.requestedAt"),
      width: 170,
      render: (_: unknown, each) => <Moment at={each.requested_at} />,
    },
    {
      title: t("account.endedAt"),
      width: 170,
      render: (_: unknown, each) => <Moment at={each.ended_at} />,
    },
    {
      title: t("account.bindingId"),
      width: 290,
      render: (_: unknown, each) => <Identifier id={each.id} />,
    },
  ];
  return (
    <PagedTable
      paged={bindings}
      columns={columns}
      rowKey={(each) => each.id}
      label={t("account.bindings")}
      empty={<p className="muted">{t("program.noBindings")}</p>}
    />
  );
}
