import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useAppId } from "@/api/app";
import { Card } from "@/ui/Card";
import { LinkButton } from "@/ui/LinkButton";
import { Loaded } from "@/ui/Loaded";
import { Moment } from "@/ui/Moment";
import { PageFrame } from "@/ui/PageFrame";
import { Banner } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { ApplicationCard } from "./ApplicationCard";
import { ApplyForm } from "./ApplyForm";
import { Conditions } from "./Conditions";
import { Earlier } from "./Earlier";
import { useCapability, type Capability } from "./queries";

/** 能力 › 挂载: what 抖音个人页挂载 is, how it stands, and what to do next. */
export function Component() {
  const { t } = useTranslation("capability");
  const capability = useCapability();
  return (
    <PageFrame title={t("title")}>
      <Loaded query={capability}>
        {(capability) => (
          <div className="split">
            <div className="stack">
              <Mount capability={capability} />
              <Earlier latest={capability.latest_application?.id ?? ""} />
            </div>
            <HowItWorks />
          </div>
        )}
      </Loaded>
    </PageFrame>
  );
}

function Mount({ capability }: { capability: Capability }) {
  const { t } = useTranslation("capability");
  const { grant, latest_application: application, available_actions: can } = capability;
  return (
    <>
      {grant && <Granted grant={grant} />}
      <Card title={t("name")} actions={<StatusTag of="capability" status={capability.status} />}>
        <p>{t("what")}</p>
        <h3>{t("conditions")}</h3>
        <Conditions conditions={capability.conditions} />
        {capability.status === "cannot_apply" && <p className="muted">{t("cannotApply")}</p>}
      </Card>
      {application && !(grant && application.status === "approved") && (
        <ApplicationCard application={application} />
      )}
      {can.includes("apply") && <ApplyForm />}
    </>
  );
}

function Granted({ grant }: { grant: NonNullable<Capability["grant"]> }) {
  const { t } = useTranslation("capability");
  const app = useAppId();
  if (grant.status === "revoked") {
    return (
      <Notice type="danger" title={t("revoked.title")}>
        <p>
          {t("revoked.at")} <Moment at={grant.revoked_at} />
        </p>
        <p>{t("revoked.reason", { reason: grant.reason })}</p>
        <p>{t("revoked.text")}</p>
      </Notice>
    );
  }
  return (
    <>
      {grant.flagged_at && (
        <Notice type="warning" title={t("flagged.title")}>
          <p>{t("flagged.text")}</p>
          <p>
            {t("flagged.since")} <Moment at={grant.flagged_at} />
          </p>
        </Notice>
      )}
      <Notice type="success" title={t("granted.title")}>
        <p>
          {t("granted.at")} <Moment at={grant.granted_at} />
        </p>
        <p>{t("granted.next")}</p>
        <div className="row">
          <LinkButton to={`/apps/${app}/accounts/new`} isPrimary>
            {t("granted.bind")}
          </LinkButton>
          <LinkButton to={`/apps/${app}/pages`}>{t("granted.pages")}</LinkButton>
        </div>
      </Notice>
    </>
  );
}

function Notice({
  type,
  title,
  children,
}: {
  type: "success" | "warning" | "danger";
  title: string;
  children: ReactNode;
}) {
  return (
    <Banner
      type={type}
      closeIcon={null}
      fullMode={false}
      title={title}
      description={<div className="stack tight">{children}</div>}
    />
  );
}

function HowItWorks() {
  const { t } = useTranslation("capability");
  const steps = ["apply", "bind", "page", "shown"] as const;
  return (
    <Card title={t("how.title")}>
      <ol className="steps">
        {steps.map((step) => (
          <li key={step}>
            <strong>{t(`how.${step}.title`)}</strong>
            <p className="muted">{t(`how.${step}.text`)}</p>
          </li>
        ))}
      </ol>
    </Card>
  );
}
