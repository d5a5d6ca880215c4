import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Card } from "@/ui/Card";
import { Facts } from "@/ui/Facts";
import { Identifier } from "@/ui/Identifier";
import { LinkButton } from "@/ui/LinkButton";
import { Loaded } from "@/ui/Loaded";
import { Moment } from "@/ui/Moment";
import { PageFrame } from "@/ui/PageFrame";
import { StatusTag } from "@/ui/StatusTag";
import { useAccountTypes } from "./accountTypes";
import { FactList } from "./FactList";
import { NewDraft } from "./NewDraft";
import { usePolicy, type Policy } from "./queries";
import { RuleList } from "./RuleList";
import { Stages } from "./Stages";
import "./rules.css";

/** One policy version, which never changes. */
export function Component() {
  const { t } = useTranslation("rules");
  const version = Number(useParams().version);
  const policy = usePolicy(version);
  return (
    <PageFrame
      title={t("policy.title", { version })}
      crumbs={[{ text: t("policies.title"), to: "/operate/policies" }]}
      actions={
        policy.data && (
          <>
            <LinkButton to={`/operate/audit?subject_kind=policy&subject_id=${version}`}>{t("history")}</LinkButton>
            <NewDraft from={policy.data} text={t("policy.newDraft")} isPrimary />
          </>
        )
      }
    >
      <Loaded query={policy}>{(found) => <Content policy={found} />}</Loaded>
    </PageFrame>
  );
}

function Content({ policy }: { policy: Policy }) {
  const { t } = useTranslation("rules");
  const accountTypes = useAccountTypes();
  return (
    <>
      <Card title={t("policy.about")}>
        <Facts
          facts={[
            [t("policy.standing"), <StatusTag key="tag" of="policy" status={policy.standing} />],
            [t("policies.effective"), <Moment key="at" at={policy.effective_at} />],
            [t("policies.accountTypes"), accountTypes(policy.account_types)],
            [t("policy.publishedBy"), policy.published_by_name],
            [t("policy.publishedAt"), <Moment key="published" at={policy.published_at} />],
            [t("policy.reason"), policy.reason || t("common:none")],
            [t("policy.hash"), <Identifier key="hash" id={policy.content_hash} />],
          ]}
        />
      </Card>
      {policy.stages.length > 0 && (
        <Card title={t("policy.stages")}>
          <p className="muted">{t("policy.stagesText")}</p>
          <Stages stages={policy.stages} />
        </Card>
      )}
      <Card title={t("policy.rules", { count: policy.rules.length })}>
        <RuleList rules={policy.rules} isFull />
      </Card>
      <Card title={t("policy.facts")}>
        <FactList facts={policy.facts} />
      </Card>
    </>
  );
}
