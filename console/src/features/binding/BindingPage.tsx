import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useAppId } from "@/api/app";
import { ActDialog } from "@/ui/ActDialog";
import { Card } from "@/ui/Card";
import { Facts } from "@/ui/Facts";
import { LinkButton } from "@/ui/LinkButton";
import { Loaded } from "@/ui/Loaded";
import { Moment } from "@/ui/Moment";
import { PageFrame } from "@/ui/PageFrame";
import { Banner, Button } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { Account } from "./Account";
import { Consent } from "./Consent";
import { Gone } from "./Gone";
import { useBinding, useCancel, type Binding, type Takedown } from "./queries";
import { Unbind } from "./Unbind";

/** One binding: the code while its owner is asked, then what came of it, and how to end it. */
export function Component() {
  const { t } = useTranslation("binding");
  const binding = useBinding(useParams().bindingId ?? "");
  const base = `/apps/${useAppId()}/accounts`;
  return (
    <PageFrame title={t("one.title")} crumbs={[{ text: t("title"), to: base }]}>
      <Loaded query={binding}>{(binding) => <One binding={binding} />}</Loaded>
    </PageFrame>
  );
}

function One({ binding }: { binding: Binding }) {
  const { t } = useTranslation("binding");
  const { account, available_actions: can } = binding;
  // Whether this page ended the binding, and what that took away.
  const [ended, setEnded] = useState<{ takedown: Takedown | null } | null>(null);
  return (
    <>
      <Card
        title={<Account account={account} />}
        actions={
          <>
            <StatusTag of="binding" status={binding.status} />
            {can.includes("cancel") && <Cancel binding={binding} />}
            {can.includes("unbind") && (
              <Unbind binding={binding} onDone={({ takedown }) => setEnded({ takedown })} />
            )}
          </>
        }
      >
        <Facts
          facts={[
            [t("kindLabel"), t(`kind.${binding.kind}`)],
            [t("accountType"), t(`type.${account.account_type}`)],
            [t("requestedAt"), <Moment key="requested" at={binding.requested_at} />],
            ...(binding.status === "awaiting_consent"
              ? [[t("expiresAt"), <Moment key="expires" at={binding.expires_at} />] as [string, React.ReactNode]]
              : []),
            [t("consentedAt"), <Moment key="consented" at={binding.consented_at} />],
            ...(binding.ends_on ? [[t("endsOn"), binding.ends_on] as [string, React.ReactNode]] : []),
            [t("endedAt"), <Moment key="ended" at={binding.ended_at} />],
          ]}
        />
      </Card>
      {can.includes("issue_code") && <Consent bindingId={binding.id} />}
      <div role="status" className="stack">
        {ended && <Gone takedown={ended.takedown} awemeId={account.aweme_id} />}
        {!ended && binding.status !== "awaiting_consent" && <Outcome binding={binding} />}
      </div>
    </>
  );
}

const TYPES = {
  active: "success",
  refused: "warning",
  cancelled: "info",
  expired: "warning",
  ended: "info",
  lapsed: "warning",
} as const;

/** What came of the request, and what can be done now. */
function Outcome({ binding }: { binding: Binding }) {
  const { t } = useTranslation("binding");
  const app = useAppId();
  const { status, account, kind } = binding;
  if (status === "awaiting_consent") return null;
  const why = status === "ended" && binding.ended_by_side ? `ended_${binding.ended_by_side}` : status;
  return (
    <Banner
      type={TYPES[status]}
      closeIcon={null}
      fullMode={false}
      title={t(`outcome.${why}.title`)}
      description={
        <div className="stack tight">
          <p>{t(`outcome.${why}.text`)}</p>
          <div className="row">
            {status === "active" ? (
              <LinkButton to={`/apps/${app}/pages/${account.aweme_id}`} isPrimary>
                {t("outcome.configure")}
              </LinkButton>
            ) : (
              <LinkButton to={`/apps/${app}/accounts/new?kind=${kind}&account=${account.aweme_id}`}>
                {t("outcome.again")}
              </LinkButton>
            )}
          </div>
        </div>
      }
    />
  );
}

function Cancel({ binding }: { binding: Binding }) {
  const { t } = useTranslation("binding");
  const [isOpen, setOpen] = useState(false);
  const cancel = useCancel(binding.id, () => setOpen(false));
  return (
    <>
      <Button type="danger" onClick={() => setOpen(true)}>
        {t("cancel.verb")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("cancel.title", { name: binding.account.nickname })}
        verb={t("cancel.verb")}
        act={cancel}
        onClose={() => setOpen(false)}
        isDangerous
      >
        <p>{t("cancel.text")}</p>
      </ActDialog>
    </>
  );
}
