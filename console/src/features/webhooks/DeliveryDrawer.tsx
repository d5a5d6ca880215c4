import { useTranslation } from "react-i18next";
import { Code } from "@/ui/Code";
import { Facts } from "@/ui/Facts";
import { Identifier } from "@/ui/Identifier";
import { Loaded } from "@/ui/Loaded";
import { exact } from "@/ui/moment";
import { Moment } from "@/ui/Moment";
import { Button, SideSheet } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { Trouble } from "@/ui/Trouble";
import { useDelivery, useReplay, type DeliveryDetail } from "./queries";

/** One delivery: the very bytes that are sent, and every attempt with its answer. */
export function DeliveryDrawer({
  id,
  textOf,
  onClose,
}: {
  id: string;
  /** What an event is called. */
  textOf: (event: string) => string;
  onClose: () => void;
}) {
  const { t } = useTranslation("webhooks");
  const delivery = useDelivery(id);
  const title = delivery.data ? textOf(delivery.data.event) : t("delivery.one");
  return (
    <SideSheet visible width={760} title={title} onCancel={onClose} closeOnEsc aria-label={title}>
      <Loaded query={delivery} rows={8}>
        {(delivery) => <Detail delivery={delivery} />}
      </Loaded>
    </SideSheet>
  );
}

function Detail({ delivery }: { delivery: DeliveryDetail }) {
  const { t } = useTranslation("webhooks");
  const replay = useReplay(delivery.id);
  return (
    <div className="stack">
      <div className="row between">
        <StatusTag of="delivery" status={delivery.status} />
        {delivery.available_actions.includes("replay") && (
          <Button onClick={() => replay.mutate(undefined)} loading={replay.isPending}>
            {t("replay.one")}
          </Button>
        )}
      </div>
      {replay.error && <Trouble error={replay.error} />}
      <Facts
        facts={[
          ["Msg-Id", <Identifier key="msg" id={delivery.msg_id} />],
          ["log_id", <Identifier key="log" id={delivery.log_id} />],
          [t("delivery.event"), <code key="event">{delivery.event}</code>],
          [t("delivery.createdAt"), <Moment key="created" at={delivery.created_at} />],
          delivery.delivered_at
            ? [t("delivery.deliveredAt"), <Moment key="delivered" at={delivery.delivered_at} />]
            : [t("delivery.next"), <Moment key="next" at={delivery.next_attempt_at} />],
          [t("delivery.headers"), <code key="headers">{delivery.signature_header_names.join(", ")}</code>],
        ]}
      />
      <Code label={t("delivery.body")} text={delivery.body} />
      <section className="stack tight" aria-labelledby={`attempts-${delivery.id}`}>
        <h3 id={`attempts-${delivery.id}`}>{t("delivery.attemptsLog")}</h3>
        {delivery.attempts_log.length === 0 ? (
          <p className="muted">{t("delivery.notTried")}</p>
        ) : (
          <ol className="attempts">
            {delivery.attempts_log.map((attempt) => (
              <li key={attempt.at}>
                <div className="row between">
                  <strong>
                    {attempt.http_status === null
                      ? t("attempt.none")
                      : t("delivery.http", { status: attempt.http_status })}
                  </strong>
                  <span className="muted">
                    <time dateTime={attempt.at}>{exact(attempt.at)}</time> · {t("attempt.ms", { ms: attempt.ms })}
                  </span>
                </div>
                {attempt.error_text && <p>{attempt.error_text}</p>}
                {attempt.answer && (
                  <pre tabIndex={0} aria-label={t("attempt.answer")}>
                    {attempt.answer}
                  </pre>
                )}
              </li>
            ))}
          </ol>
        )}
      </section>
    </div>
  );
}
