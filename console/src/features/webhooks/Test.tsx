import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Button, Spin } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { Trouble } from "@/ui/Trouble";
import { LastAnswer } from "./LastAnswer";
import { TEST, useNewestTest, useWebhookAct, type Webhook } from "./queries";

/** Sends an event for trial, and shows what became of it. */
export function Test({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation("webhooks");
  // The newest test before the button was pressed: the one after it is ours.
  const [before, setBefore] = useState<{ id: string | null } | null>(null);
  const [isOver, setOver] = useState(false);
  const newest = useNewestTest(before !== null && !isOver);
  const test = useWebhookAct("test");
  const ours = before && newest.data && newest.data.id !== before.id ? newest.data : null;
  const isAnswered = ours !== null && ours.attempts > 0;
  if (isAnswered && !isOver) setOver(true);
  const begin = () => {
    setBefore({ id: newest.data?.id ?? null });
    setOver(false);
    test.mutate({ reason: "" });
  };
  if (!webhook.available_actions.includes("test")) return null;
  return (
    <div className="stack tight">
      <div className="row">
        <Button
          onClick={begin}
          disabled={newest.isPending}
          loading={test.isPending || (before !== null && !isOver && !test.error)}
        >
          {t("test.verb")}
        </Button>
        <span className="muted">{t("test.text", { event: TEST })}</span>
      </div>
      {test.error && <Trouble error={test.error} />}
      {before && !test.error && (
        <div className="outcome" role="status">
          {ours && isAnswered ? (
            <>
              <StatusTag of="delivery" status={ours.status} />
              <LastAnswer delivery={ours} />
              <Link to={`?delivery=${ours.id}`}>{t("delivery.open")}</Link>
            </>
          ) : (
            <>
              <Spin size="small" />
              {t("test.waiting")}
            </>
          )}
        </div>
      )}
    </div>
  );
}
