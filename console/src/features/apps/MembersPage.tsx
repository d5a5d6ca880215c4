import { useTranslation } from "react-i18next";
import { useApp, useAppId } from "@/api/app";
import { useSession } from "@/api/session";
import { EmptyState } from "@/ui/EmptyState";
import { Label } from "@/ui/Label";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import { Banner, type ColumnProps } from "@/ui/semi";
import { useMembers, type Member } from "./queries";

/** 成员: who works for the legal entity, and so for this mini program. */
export function Component() {
  const { t } = useTranslation("apps");
  const app = useApp().data;
  const me = useSession().data?.person;
  const members = useMembers(useAppId());
  const columns: ColumnProps<Member>[] = [
    {
      title: t("member.name"),
      render: (_: unknown, member) => (
        <div className="row tight">
          {member.display_name || member.login}
          {member.login === me && <Label>{t("member.me")}</Label>}
        </div>
      ),
    },
    { title: t("member.login"), dataIndex: "login" },
    { title: t("member.role"), width: 140, render: (_: unknown, member) => t(`role.${member.role}`) },
    { title: t("member.since"), width: 180, render: (_: unknown, member) => <Moment at={member.since} /> },
  ];
  return (
    <PageFrame title={t("page.members")} note={t("member.note", { entity: app?.entity_name ?? "" })}>
      <Banner type="info" closeIcon={null} fullMode={false} description={t("member.howTheyCome")} />
      <PagedTable
        paged={members}
        columns={columns}
        rowKey={(member) => member.login}
        label={t("page.members")}
        empty={<EmptyState title={t("member.empty")} />}
      />
    </PageFrame>
  );
}
