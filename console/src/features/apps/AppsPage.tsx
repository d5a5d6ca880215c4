import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { App } from "@/api/app";
import { EmptyState } from "@/ui/EmptyState";
import { Identifier } from "@/ui/Identifier";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import { Picture } from "@/ui/Picture";
import { Input, Skeleton, TabPane, Tabs, type ColumnProps } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { useFilters } from "@/ui/useFilters";
import { useApps, useCapabilityStatus } from "./queries";

/** 我的应用: the mini programs of one's legal entities, from which everything else is reached. */
export function Component() {
  const { t } = useTranslation("apps");
  return (
    <PageFrame title={t("title")} note={t("note")}>
      <Tabs type="line">
        <TabPane itemKey="mini_programs" tab={t("miniPrograms")}>
          <MiniPrograms />
        </TabPane>
      </Tabs>
    </PageFrame>
  );
}

function MiniPrograms() {
  const { t } = useTranslation("apps");
  const [{ q }, setFilters] = useFilters({ q: "" });
  const apps = useApps();
  const wanted = q.trim().toLowerCase();
  const rows = apps.rows.filter((app) => `${app.name} ${app.app_id}`.toLowerCase().includes(wanted));
  const columns: ColumnProps<App>[] = [
    {
      title: t("name"),
      render: (_: unknown, app) => (
        <div className="named">
          <Picture name={app.name} url={app.icon_url} size={36} />
          <Link to={`/apps/${app.app_id}`}>{app.name}</Link>
        </div>
      ),
    },
    { title: t("id"), render: (_: unknown, app) => <Identifier id={app.app_id} /> },
    { title: t("entity"), dataIndex: "entity_name" },
    {
      title: t("program"),
      width: 110,
      render: (_: unknown, app) => <StatusTag of="program" status={app.is_online ? "online" : "offline"} />,
    },
    { title: t("credit"), dataIndex: "credit_score", width: 110 },
    { title: t("version"), width: 110, render: (_: unknown, app) => app.version ?? t("unpublished") },
    {
      title: t("mount"),
      width: 150,
      render: (_: unknown, app) => <Capability appId={app.app_id} />,
    },
  ];
  return (
    <div className="stack">
      {(apps.rows.length > 0 || q) && (
        <div className="row">
          <Input
            className="search"
            value={q}
            onChange={(q) => setFilters({ q })}
            placeholder={t("search")}
            aria-label={t("search")}
            showClear
          />
        </div>
      )}
      {apps.rows.length > 0 && rows.length === 0 ? (
        <EmptyState title={t("noneFound.title")}>{t("noneFound.text")}</EmptyState>
      ) : (
        <PagedTable
          paged={{ ...apps, rows }}
          columns={columns}
          rowKey={(app) => app.app_id}
          label={t("miniPrograms")}
          empty={<EmptyState title={t("empty.title")}>{t("empty.text")}</EmptyState>}
        />
      )}
    </div>
  );
}

function Capability({ appId }: { appId: string }) {
  const { t } = useTranslation("apps");
  const { data: status, isPending } = useCapabilityStatus(appId);
  if (isPending) return <Skeleton active loading placeholder={<Skeleton.Button />} />;
  return status ? <StatusTag of="capability" status={status} /> : t("common:none");
}
