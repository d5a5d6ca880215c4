import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { Card } from "@/ui/Card";
import { EmptyState } from "@/ui/EmptyState";
import { Facts } from "@/ui/Facts";
import { Identifier } from "@/ui/Identifier";
import { Loaded } from "@/ui/Loaded";
import { Moment } from "@/ui/Moment";
import { PageFrame } from "@/ui/PageFrame";
import { Button } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { RevokeClearance } from "./Clearance";
import { OpenDenies } from "./Denies";
import { DenyDialog } from "./DenyDialog";
import { auditLink, entityLink, programLink } from "./found";
import { useAccount, useSurfaceNames, type Account } from "./queries";
import { Verdict } from "./Verdict";
import { Why } from "./Why";

/** A Douyin account as operators see it, and what they can do about it. */
export function Component() {
  const { t } = useTranslation("governance");
  const { awemeId = "" } = useParams();
  const account = useAccount(awemeId);
  return (
    <PageFrame
      title={account.data?.nickname ?? t("kind.account")}
      crumbs={[{ text: t("find.title"), to: "/operate/find" }, { text: t("kind.account") }]}
      note={<Identifier id={awemeId} />}
      actions={account.data && <Acts account={account.data} />}
    >
      <Loaded query={account} rows={10}>
        {(found) => <Overview account={found} />}
      </Loaded>
    </PageFrame>
  );
}

function Acts({ account }: { account: Account }) {
  const { t } = useTranslation("governance");
  const [isAsked, setAsked] = useState(false);
  const { aweme_id, nickname } = account;
  return (
    <>
      {account.available_actions.includes("deny") && (
        <Button type="danger" onClick={() => setAsked(true)}>
          {t("deny.button.account")}
        </Button>
      )}
      <DenyDialog
        what={{ scope: "account", target: aweme_id, name: nickname }}
        isOpen={isAsked}
        onClose={() => setAsked(false)}
      />
    </>
  );
}

function Overview({ account }: { account: Account }) {
  const { t } = useTranslation("governance");
  const surfaceName = useSurfaceNames();
  const { aweme_id, entity } = account;
  return (
    <>
      <OpenDenies denies={account.denies} />
      <Card title={t("account.about")}>
        <Facts
          facts={[
            [t("account.type"), t(`accountType.${account.account_type}`)],
            [
              t("program.entity"),
              entity ? (
                <Link key="entity" to={entityLink(entity.entity_id)}>
                  {entity.name}
                </Link>
              ) : (
                t("account.noEntity")
              ),
            ],
            [t("account.owner"), t(account.has_owner ? "account.ownerKnown" : "account.ownerUnknown")],
            ...account.surfaces.map((each): [string, React.ReactNode] => [
              t("account.slot", { name: surfaceName(each.surface) }),
              each.holder ? (
                <>
                  <Link to={programLink(each.holder.app_id)}>{each.holder.app_name}</Link>{" "}
                  <span className="muted">{t(each.holder.is_live ? "account.live" : "account.inReview")}</span>
                </>
              ) : (
                t("account.free")
              ),
            ]),
            [
              t("account.page"),
              <a key="page" href={`/p/${encodeURIComponent(aweme_id)}`} target="_blank" rel="noreferrer">
                {t("account.openPage")}
              </a>,
            ],
            [
              t("audit"),
              <Link key="audit" to={auditLink({ subject_kind: "account", subject_id: aweme_id })}>
                {t("seeAudit")}
              </Link>,
            ],
          ]}
        />
      </Card>
      {account.surfaces.map(({ surface }) => (
        <Why key={surface} account={account} surface={surface} name={surfaceName(surface)} />
      ))}
      <Verdict awemeId={aweme_id} />
      <Card title={t("account.bindings")}>
        <Bindings account={account} />
      </Card>
      <Card
        title={t("account.clearances")}
        actions={
          <Link to={`/operate/clearances?${new URLSearchParams({ aweme_id })}`}>{t("account.allClearances")}</Link>
        }
      >
        <Clearances account={account} />
      </Card>
    </>
  );
}

function Bindings({ account }: { account: Account }) {
  const { t } = useTranslation("governance");
  if (account.bindings.length === 0) return <EmptyState title={t("account.noBindings")} />;
  return (
    <table className="plain">
      <thead>
        <tr>
          <th scope="col">{t("kind.mini_program")}</th>
          <th scope="col">{t("account.bindingKind")}</th>
          <th scope="col">{t("status")}</th>
          <th scope="col">{t("account.requestedAt")}</th>
          <th scope="col">{t("account.consentedAt")}</th>
          <th scope="col">{t("account.endedAt")}</th>
          <th scope="col">{t("account.bindingId")}</th>
        </tr>
      </thead>
      <tbody>
        {account.bindings.map((each) => (
          <tr key={each.id}>
            <th scope="row">
              <Link to={programLink(each.app_id)}>{each.app_name}</Link>
            </th>
            <td>{t(`bindingKind.${each.kind}`)}</td>
            <td>
              <StatusTag of="binding" status={each.status} />
            </td>
            <td>
              <Moment at={each.requested_at} />
            </td>
            <td>
              <Moment at={each.consented_at} />
            </td>
            <td>
              <Moment at={each.ended_at} />
            </td>
            <td>
              <Identifier id={each.id} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Clearances({ account }: { account: Account }) {
  const { t } = useTranslation("governance");
  if (account.clearances.length === 0) {
    return <p className="muted">{t("account.noClearances")}</p>;
  }
  return (
    <table className="plain">
      <thead>
        <tr>
          <th scope="col">{t("kind.mini_program")}</th>
          <th scope="col">{t("common:reason")}</th>
          <th scope="col">{t("clearance.by")}</th>
          <th scope="col">{t("clearance.at")}</th>
          <th scope="col">{t("common:actions")}</th>
        </tr>
      </thead>
      <tbody>
        {account.clearances.map((each) => (
          <tr key={each.id}>
            <th scope="row">
              <Link to={programLink(each.app_id)}>{each.app_name}</Link>
            </th>
            <td>{each.reason}</td>
            <td>{each.by_name}</td>
            <td>
              <Moment at={each.created_at} />
            </td>
            <td>
              <RevokeClearance clearance={each} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
