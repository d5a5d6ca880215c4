import { useTranslation } from "react-i18next";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";
import { Deliveries } from "./Deliveries";
import { Endpoint } from "./Endpoint";
import { MailCard } from "./MailCard";
import { useWebhook } from "./queries";
import "./webhooks.css";

/** 消息推送: where events are pushed to, what was pushed, and who is told by mail. */
export function Component() {
  const { t } = useTranslation("webhooks");
  return (
    <PageFrame title={t("title")} note={t("note")}>
      <Loaded query={useWebhook()} rows={8}>
        {(webhook) => (
          <>
            <Endpoint webhook={webhook} />
            <Deliveries webhook={webhook} />
            <MailCard />
          </>
        )}
      </Loaded>
    </PageFrame>
  );
}
