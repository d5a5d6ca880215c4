import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Choice } from "@/ui/Choice";
import { EmptyState } from "@/ui/EmptyState";
import { FilterInput } from "@/ui/FilterInput";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import { Button, type ColumnProps } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { useFilters } from "@/ui/useFilters";
import { Proposal } from "./Denies";
import { DenyActions } from "./DenyActions";
import { NewDenyDialog } from "./DenyDialog";
import { HiddenAfter } from "./Hidden";
import { useDenies, type Deny } from "./queries";
import { Target } from "./Target";

/** What operators hide, at once, and how that is lifted again (G1). */
export function Component() {
  const { t } = useTranslation("governance");
  const [filters, setFilters] = useFilters({ status: "", scope: "", target: "" });
  const [isOpen, setOpen] = useState(false);
  const denies = useDenies(filters);
  const columns: ColumnProps<Deny>[] = [
    {
      title: t("deny.what"),
      render: (_: unknown, deny) => <Target scope={deny.scope} target={deny.target} />,
    },
    {
      title: t("status"),
      width: 180,
      render: (_: unknown, deny) => (
        <>
          <StatusTag of="deny" status={deny.status} />
          <p className="muted">
            <HiddenAfter from={deny.accepted_at} to={deny.effective_at} />
          </p>
        </>
      ),
    },
    {
      title: t("common:reason"),
      render: (_: unknown, deny) => (
        <>
          {deny.reason}
          <Proposal deny={deny} />
        </>
      ),
    },
    {
      title: t("deny.denied"),
      width: 170,
      render: (_: unknown, deny) => (
        <>
          {deny.created_by_name}
          <p>
            <Moment at={deny.created_at} />
          </p>
        </>
      ),
    },
    {
      title: t("deny.lifted"),
      width: 170,
      render: (_: unknown, deny) =>
        deny.lifted_at ? (
          <>
            {deny.lifted_by_name}
            <p>
              <Moment at={deny.lifted_at} />
            </p>
          </>
        ) : (
          t("common:none")
        ),
    },
    {
      title: t("common:actions"),
      width: 190,
      render: (_: unknown, deny) => <DenyActions deny={deny} />,
    },
  ];
  return (
    <PageFrame
      title={t("deny.page")}
      note={t("deny.note")}
      actions={
        <Button theme="solid" type="danger" onClick={() => setOpen(true)}>
          {t("deny.new")}
        </Button>
      }
    >
      <div className="row">
        <Choice
          label={t("filter.status")}
          value={filters.status}
          onChange={(status) => setFilters({ status })}
          options={[
            { value: "", label: t("filter.anyStatus") },
            { value: "active", label: t("status:deny.active") },
            { value: "lifted", label: t("status:deny.lifted") },
          ]}
        />
        <Choice
          label={t("deny.scope")}
          value={filters.scope}
          onChange={(scope) => setFilters({ scope })}
          options={[
            { value: "", label: t("filter.anyScope") },
            ...(["account", "mini_program", "legal_entity", "global"] as const).map((scope) => ({
              value: scope,
              label: t(`scope.${scope}`),
            })),
          ]}
        />
        <FilterInput
          label={t("filter.target")}
          value={filters.target}
          onChange={(target) => setFilters({ target })}
        />
      </div>
      <PagedTable
        paged={denies}
        columns={columns}
        rowKey={(deny) => deny.id}
        label={t("deny.page")}
        empty={<EmptyState title={t("deny.empty")}>{t("deny.emptyText")}</EmptyState>}
      />
      <NewDenyDialog isOpen={isOpen} onClose={() => setOpen(false)} />
    </PageFrame>
  );
}
