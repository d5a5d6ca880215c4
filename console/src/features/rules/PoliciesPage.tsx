import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { EmptyState } from "@/ui/EmptyState";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import type { ColumnProps } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { useAccountTypes } from "./accountTypes";
import { NewDraft } from "./NewDraft";
import { usePolicies, type Policy } from "./queries";
import { RuleList } from "./RuleList";
import { Stages } from "./Stages";
import "./rules.css";

/** 抖音经营规范: every version, with what it asks of an account and since when (E1, E2). */
export function Component() {
  const { t } = useTranslation("rules");
  const policies = usePolicies();
  const accountTypes = useAccountTypes();
  const inForce = policies.rows.find((policy) => policy.standing === "in_force");
  const columns: ColumnProps<Policy>[] = [
    {
      title: t("policies.version"),
      width: 130,
      render: (_: unknown, policy) => (
        <div className="stack tight">
          <Link to={`/operate/policies/${policy.version}`}>{t("policies.number", { version: policy.version })}</Link>
          <span>
            <StatusTag of="policy" status={policy.standing} />
          </span>
        </div>
      ),
    },
    {
      title: t("policies.effective"),
      width: 230,
      render: (_: unknown, policy) =>
        policy.stages.length > 0 ? <Stages stages={policy.stages} /> : <Moment at={policy.effective_at} />,
    },
    {
      title: t("policies.rules"),
      render: (_: unknown, policy) => <RuleList rules={policy.rules} />,
    },
    {
      title: t("policies.accountTypes"),
      width: 130,
      render: (_: unknown, policy) => accountTypes(policy.account_types),
    },
    {
      title: t("policies.published"),
      width: 180,
      render: (_: unknown, policy) => (
        <>
          {policy.published_by_name}
          <br />
          <Moment at={policy.published_at} />
        </>
      ),
    },
  ];
  return (
    <PageFrame
      title={t("policies.title")}
      note={t("policies.note")}
      actions={inForce && <NewDraft from={inForce} text={t("policies.newDraft", { version: inForce.version })} />}
    >
      <PagedTable
        paged={policies}
        columns={columns}
        rowKey={(policy) => String(policy.version)}
        label={t("policies.title")}
        empty={<EmptyState title={t("policies.empty.title")}>{t("policies.empty.text")}</EmptyState>}
      />
    </PageFrame>
  );
}
