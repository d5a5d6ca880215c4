import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { EmptyState } from "@/ui/EmptyState";
import { FilterInput } from "@/ui/FilterInput";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import { Button, type ColumnProps } from "@/ui/semi";
import { useFilters } from "@/ui/useFilters";
import { NewClearance, RevokeClearance } from "./Clearance";
import { accountLink, programLink } from "./found";
import { useClearances, type Clearance } from "./queries";

/** Enterprise accounts that support has cleared for a mini program (B2). */
export function Component() {
  const { t } = useTranslation("governance");
  const [filters, setFilters] = useFilters({ aweme_id: "", app_id: "" });
  const [isOpen, setOpen] = useState(false);
  const clearances = useClearances(filters);
  const columns: ColumnProps<Clearance>[] = [
    {
      title: t("kind.account"),
      render: (_: unknown, each) => (
        <>
          <Link to={accountLink(each.aweme_id)}>{each.nickname}</Link>
          <p className="muted">{each.aweme_id}</p>
        </>
      ),
    },
    {
      title: t("kind.mini_program"),
      render: (_: unknown, each) => (
        <>
          <Link to={programLink(each.app_id)}>{each.app_name}</Link>
          <p className="muted">{each.app_id}</p>
        </>
      ),
    },
    { title: t("common:reason"), dataIndex: "reason", width: "32%" },
    { title: t("clearance.by"), dataIndex: "by_name", width: 140 },
    { title: t("clearance.at"), width: 170, render: (_: unknown, each) => <Moment at={each.created_at} /> },
    {
      title: t("common:actions"),
      width: 120,
      render: (_: unknown, each) => <RevokeClearance clearance={each} />,
    },
  ];
  return (
    <PageFrame
      title={t("clearance.title")}
      note={t("clearance.note")}
      actions={
        <Button theme="solid" onClick={() => setOpen(true)}>
          {t("clearance.new")}
        </Button>
      }
    >
      <div className="row">
        <FilterInput
          label={t("filter.account")}
          value={filters.aweme_id}
          onChange={(aweme_id) => setFilters({ aweme_id })}
        />
        <FilterInput
          label={t("filter.app")}
          value={filters.app_id}
          onChange={(app_id) => setFilters({ app_id })}
        />
      </div>
      <PagedTable
        paged={clearances}
        columns={columns}
        rowKey={(each) => each.id}
        label={t("clearance.title")}
        empty={<EmptyState title={t("clearance.empty")}>{t("clearance.emptyText")}</EmptyState>}
      />
      <NewClearance isOpen={isOpen} onClose={() => setOpen(false)} />
    </PageFrame>
  );
}
