import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Choice } from "@/ui/Choice";
import { EmptyState } from "@/ui/EmptyState";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import type { ColumnProps } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { useFilters } from "@/ui/useFilters";
import { NewDraft } from "./NewDraft";
import { useDrafts, useKnownPolicies, type Draft } from "./queries";
import { RuleList } from "./RuleList";
import "./rules.css";

const STATUSES: Draft["status"][] = ["draft", "scheduled", "discarded"];

/** The drafts of policies: written, tried, scheduled (E2). */
export function Component() {
  const { t } = useTranslation("rules");
  const [filters, setFilters] = useFilters({ status: "" });
  const status = STATUSES.find((each) => each === filters.status) ?? "";
  const drafts = useDrafts(status);
  const known = useKnownPolicies();
  const inForce = known.data?.find((policy) => policy.standing === "in_force");
  const columns: ColumnProps<Draft>[] = [
    {
      title: t("drafts.draft"),
      width: 240,
      render: (_: unknown, draft) => (
        <div className="stack tight">
          <Link to={`/operate/drafts/${draft.id}`}>{draft.note || t("drafts.unnamed")}</Link>
          <span>
            <StatusTag of="draft" status={draft.status} />
          </span>
        </div>
      ),
    },
    { title: t("policies.rules"), render: (_: unknown, draft) => <RuleList rules={draft.rules} /> },
    {
      title: t("drafts.became"),
      width: 200,
      render: (_: unknown, draft) =>
        draft.version === null ? (
          <span className="muted">{t("common:none")}</span>
        ) : (
          <div className="stack tight">
            <Link to={`/operate/policies/${draft.version}`}>{t("policies.number", { version: draft.version })}</Link>
            <Moment at={draft.effective_at} />
          </div>
        ),
    },
    {
      title: t("drafts.updated"),
      width: 180,
      render: (_: unknown, draft) => (
        <>
          {draft.updated_by_name}
          <br />
          <Moment at={draft.updated_at} />
        </>
      ),
    },
  ];
  const begin = inForce && (
    <NewDraft from={inForce} text={t("policies.newDraft", { version: inForce.version })} isPrimary />
  );
  return (
    <PageFrame title={t("drafts.title")} note={t("drafts.note")} actions={drafts.rows.length > 0 && begin}>
      <div className="row">
        <Choice
          label={t("drafts.filter")}
          value={status}
          onChange={(picked) => setFilters({ status: picked })}
          options={[
            { value: "", label: t("drafts.all") },
            ...STATUSES.map((each) => ({ value: each, label: t(`status:draft.${each}`) })),
          ]}
        />
      </div>
      <PagedTable
        paged={drafts}
        columns={columns}
        rowKey={(draft) => draft.id}
        label={t("drafts.title")}
        empty={
          <EmptyState title={t("drafts.empty.title")}>
            <div className="stack">
              <p>{t("drafts.empty.text")}</p>
              <div>{begin}</div>
            </div>
          </EmptyState>
        }
      />
    </PageFrame>
  );
}
