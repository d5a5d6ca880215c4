import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { Card } from "@/ui/Card";
import { Facts } from "@/ui/Facts";
import { Moment } from "@/ui/Moment";
import { Banner, Button, Spin } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { Trouble } from "@/ui/Trouble";
import { Challenge } from "./Challenge";
import { EndpointForm } from "./EndpointForm";
import { useRemoveWebhook, useWebhookAct, type Webhook } from "./queries";
import { Test } from "./Test";

/** The one address that a mini program's events are pushed to: how it stands, and setting it. */
export function Endpoint({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation("webhooks");
  const [isEdited, setEdited] = useState(false);
  const isNew = webhook.status === "none";
  return (
    <Card
      title={
        <span className="row tight">
          {t("endpoint.title")}
          {!isNew && <StatusTag of="webhook" status={webhook.status} />}
        </span>
      }
      actions={!isNew && !isEdited && <Actions webhook={webhook} onEdit={() => setEdited(true)} />}
    >
      {isNew || isEdited ? (
        <EndpointForm webhook={webhook} onClose={isNew ? undefined : () => setEdited(false)} />
      ) : (
        <Standing webhook={webhook} />
      )}
      {(isNew || isEdited || webhook.status === "failed") && <Challenge isOpen={webhook.status === "failed"} />}
      {!isNew && !isEdited && webhook.status === "enabled" && <Test webhook={webhook} />}
    </Card>
  );
}

function Standing({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation("webhooks");
  const subscribed = webhook.events.filter((event) => event.is_subscribed);
  return (
    <div className="stack">
      <p className="path identifier">{webhook.url}</p>
      {webhook.status === "verifying" && (
        <div className="row tight" role="status">
          <Spin size="small" />
          {t("endpoint.verifying")}
        </div>
      )}
      {webhook.problem && (
        <Banner
          type={webhook.status === "failed" ? "danger" : "warning"}
          closeIcon={null}
          fullMode={false}
          title={t(`endpoint.problem.${webhook.status === "failed" ? "failed" : "disabled"}`)}
          description={webhook.problem.text}
        />
      )}
      {!webhook.problem && webhook.failing_since && (
        <Banner
          type="warning"
          closeIcon={null}
          fullMode={false}
          title={t("endpoint.failing")}
          description={
            <>
              {t("endpoint.failingSince")} <Moment at={webhook.failing_since} />
            </>
          }
        />
      )}
      <Facts
        facts={[
          [t("endpoint.verifiedAt"), <Moment key="verified" at={webhook.verified_at} />],
          [t("endpoint.lastSuccessAt"), <Moment key="success" at={webhook.last_success_at} />],
          [t("endpoint.waiting"), t("count", { count: webhook.waiting })],
          [t("endpoint.dead"), t("count", { count: webhook.dead })],
          [
            t("endpoint.events"),
            subscribed.length > 0 ? (
              <ul className="bare-list" key="events">
                {subscribed.map((event) => (
                  <li key={event.key}>{event.text}</li>
                ))}
              </ul>
            ) : (
              t("endpoint.noEvents")
            ),
          ],
        ]}
      />
    </div>
  );
}

function Actions({ webhook, onEdit }: { webhook: Webhook; onEdit: () => void }) {
  const { t } = useTranslation("webhooks");
  const can = (action: string) => webhook.available_actions.includes(action);
  const verify = useWebhookAct("verify");
  const enable = useWebhookAct("enable");
  const trouble = verify.error ?? enable.error;
  return (
    <>
      {trouble && <Trouble error={trouble} />}
      {can("verify") && (
        <Button theme="solid" loading={verify.isPending} onClick={() => verify.mutate({ reason: "" })}>
          {t("verify")}
        </Button>
      )}
      {can("enable") && (
        <Button theme="solid" loading={enable.isPending} onClick={() => enable.mutate({ reason: "" })}>
          {t("enable.verb")}
        </Button>
      )}
      {can("set") && <Button onClick={onEdit}>{t("edit")}</Button>}
      {can("disable") && <Disable />}
      {can("remove") && <Remove />}
    </>
  );
}

function Disable() {
  const { t } = useTranslation("webhooks");
  const [isOpen, setOpen] = useState(false);
  const disable = useWebhookAct("disable", { onDone: () => setOpen(false) });
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t("disable.verb")}</Button>
      <ActDialog
        isOpen={isOpen}
        title={t("disable.title")}
        verb={t("disable.verb")}
        act={disable}
        onClose={() => setOpen(false)}
      >
        <p>{t("disable.text")}</p>
      </ActDialog>
    </>
  );
}

function Remove() {
  const { t } = useTranslation("webhooks");
  const [isOpen, setOpen] = useState(false);
  const remove = useRemoveWebhook(() => setOpen(false));
  return (
    <>
      <Button type="danger" onClick={() => setOpen(true)}>
        {t("remove.verb")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("remove.title")}
        verb={t("remove.verb")}
        act={remove}
        onClose={() => setOpen(false)}
        isDangerous
      >
        <p>{t("remove.text")}</p>
      </ActDialog>
    </>
  );
}
