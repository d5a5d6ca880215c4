import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { ActDialog } from "@/ui/ActDialog";
import { Card } from "@/ui/Card";
import { Facts } from "@/ui/Facts";
import { Identifier } from "@/ui/Identifier";
import { LinkButton } from "@/ui/LinkButton";
import { Loaded } from "@/ui/Loaded";
import { Moment } from "@/ui/Moment";
import { PageFrame } from "@/ui/PageFrame";
import { Banner, Button } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { useAccountTypes } from "./accountTypes";
import { DraftEditor } from "./DraftEditor";
import { DryRunCard } from "./DryRunCard";
import { FactList } from "./FactList";
import { useDiscardDraft, useDraftOf, type Draft } from "./queries";
import { RuleList } from "./RuleList";
import "./rules.css";

/** One draft: its content while it is written, what it would do, and when it takes effect (E2). */
export function Component() {
  const { t } = useTranslation("rules");
  const { id = "" } = useParams();
  const draft = useDraftOf(id);
  return (
    <PageFrame
      title={draft.data?.note || t("drafts.unnamed")}
      crumbs={[{ text: t("drafts.title"), to: "/operate/drafts" }]}
      actions={
        <>
          <LinkButton to={`/operate/audit?subject_kind=policy_draft&subject_id=${id}`}>{t("history")}</LinkButton>
          {draft.data?.available_actions.includes("discard") && <Discard id={id} />}
        </>
      }
    >
      <Loaded query={draft} rows={8}>
        {(found) => (
          <>
            <About draft={found} />
            {found.available_actions.includes("edit") ? (
              <DraftEditor key={found.id} draft={found} />
            ) : (
              <Finished draft={found} />
            )}
            <DryRunCard draft={found} />
          </>
        )}
      </Loaded>
    </PageFrame>
  );
}

function Discard({ id }: { id: string }) {
  const { t } = useTranslation("rules");
  const [isOpen, setOpen] = useState(false);
  const discard = useDiscardDraft(id, () => setOpen(false));
  return (
    <>
      <Button type="danger" onClick={() => setOpen(true)}>
        {t("draft.discard")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("draft.discardTitle")}
        verb={t("draft.discard")}
        act={discard}
        onClose={() => setOpen(false)}
        isDangerous
      >
        <p>{t("draft.discardText")}</p>
      </ActDialog>
    </>
  );
}

function About({ draft }: { draft: Draft }) {
  const { t } = useTranslation("rules");
  return (
    <Card>
      <Facts
        facts={[
          [t("draft.status"), <StatusTag key="tag" of="draft" status={draft.status} />],
          [t("draft.revision"), t("draft.revisionOf", { revision: draft.revision })],
          [
            t("draft.updated"),
            <span key="updated">
              {draft.updated_by_name} · <Moment at={draft.updated_at} />
            </span>,
          ],
          [
            t("draft.created"),
            <span key="created">
              {draft.created_by_name} · <Moment at={draft.created_at} />
            </span>,
          ],
          [t("draft.id"), <Identifier key="id" id={draft.id} />],
        ]}
      />
      {draft.version !== null && (
        <Banner
          type="success"
          fullMode={false}
          closeIcon={null}
          description={
            <span>
              {t("draft.becamePrefix")}
              <Link to={`/operate/policies/${draft.version}`}>
                {t("policies.number", { version: draft.version })}
              </Link>
              {t("draft.becameMiddle")}
              <Moment at={draft.effective_at} />
            </span>
          }
        />
      )}
    </Card>
  );
}

/** The content of a draft that is edited no more. */
function Finished({ draft }: { draft: Draft }) {
  const { t } = useTranslation("rules");
  const accountTypes = useAccountTypes();
  return (
    <>
      <Card title={t("policy.rules", { count: draft.rules.length })}>
        <RuleList rules={draft.rules} isFull />
      </Card>
      <div className="halves">
        <Card title={t("policy.facts")}>
          <FactList facts={draft.facts} />
        </Card>
        <Card title={t("policies.accountTypes")}>{accountTypes(draft.account_types)}</Card>
      </div>
    </>
  );
}
