import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Choice } from "@/ui/Choice";
import { EmptyState } from "@/ui/EmptyState";
import { FilterInput } from "@/ui/FilterInput";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import type { ColumnProps } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { useFilters } from "@/ui/useFilters";
import { entityLink, programLink } from "./found";
import { useGrants, useSurfaceNames, type Grant } from "./queries";

/** Every capability that was granted, and whether it still is (C7). */
export function Component() {
  const { t } = useTranslation("governance");
  const surfaceName = useSurfaceNames();
  const [filters, setFilters] = useFilters({ status: "", flagged: "", app_id: "", entity_id: "" });
  const grants = useGrants(filters);
  const columns: ColumnProps<Grant>[] = [
    {
      title: t("kind.mini_program"),
      render: (_: unknown, each) => (
        <>
          <Link to={programLink(each.app_id)}>{each.app_name}</Link>
          <p className="muted">{each.app_id}</p>
        </>
      ),
    },
    {
      title: t("kind.legal_entity"),
      render: (_: unknown, each) => (
        <>
          <Link to={entityLink(each.entity_id)}>{each.entity_name}</Link>
          <p className="muted">{each.entity_id}</p>
        </>
      ),
    },
    { title: t("grant.surface"), width: 150, render: (_: unknown, each) => surfaceName(each.surface) },
    {
      title: t("status"),
      width: 130,
      render: (_: unknown, each) => <StatusTag of="capability" status={each.status} />,
    },
    {
      title: t("program.online"),
      width: 110,
      render: (_: unknown, each) => <StatusTag of="program" status={each.is_online ? "online" : "offline"} />,
    },
    {
      title: t("program.credit"),
      width: 130,
      render: (_: unknown, each) => (
        <>
          {each.credit_score}
          {each.is_flagged && <p className="field-error">{t("flag.short")}</p>}
        </>
      ),
    },
    {
      title: t("grant.since"),
      width: 240,
      render: (_: unknown, each) =>
        each.revoked_at ? (
          <>
            {t("grant.revokedAt")} <Moment at={each.revoked_at} />
            <p className="muted">{each.reason}</p>
          </>
        ) : (
          <>
            {t("grant.grantedAt")} <Moment at={each.granted_at} />
          </>
        ),
    },
  ];
  return (
    <PageFrame title={t("grant.title")} note={t("grant.note")}>
      <div className="row">
        <Choice
          label={t("filter.status")}
          value={filters.status}
          onChange={(status) => setFilters({ status })}
          options={[
            { value: "", label: t("filter.anyStatus") },
            { value: "granted", label: t("status:capability.granted") },
            { value: "revoked", label: t("status:capability.revoked") },
          ]}
        />
        <Choice
          label={t("filter.flagged")}
          value={filters.flagged}
          onChange={(flagged) => setFilters({ flagged })}
          options={[
            { value: "", label: t("filter.anyCredit") },
            { value: "yes", label: t("flag.short") },
            { value: "no", label: t("flag.not") },
          ]}
        />
        <FilterInput
          label={t("filter.app")}
          value={filters.app_id}
          onChange={(app_id) => setFilters({ app_id })}
        />
        <FilterInput
          label={t("filter.entity")}
          value={filters.entity_id}
          onChange={(entity_id) => setFilters({ entity_id })}
        />
      </div>
      <PagedTable
        paged={grants}
        columns={columns}
        rowKey={(each) => each.id}
        label={t("grant.title")}
        empty={<EmptyState title={t("grant.empty")}>{t("grant.emptyText")}</EmptyState>}
      />
    </PageFrame>
  );
}
