import { useTranslation } from "react-i18next";
import { useAppId } from "@/api/app";
import { Field } from "@/ui/Field";
import { Button, Checkbox, Input } from "@/ui/semi";
import { Trouble } from "@/ui/Trouble";
import { useDraft } from "@/ui/useDraft";
import { useSetWebhook, type Webhook } from "./queries";

/** The address and the events; saving has the address verified anew. */
export function EndpointForm({ webhook, onClose }: { webhook: Webhook; onClose?: (() => void) | undefined }) {
  const { t } = useTranslation("webhooks");
  const subscribed = webhook.events.filter((event) => event.is_subscribed).map((event) => event.key);
  const [draft, change, { drop }] = useDraft<{ url: string; events: string[] | null }>(
    `webhook.${useAppId()}`,
    UNCHANGED,
  );
  const url = draft.url || webhook.url;
  // Who sets the first address wants to hear of everything, until they say otherwise.
  const events =
    draft.events ?? (webhook.status === "none" ? webhook.events.map((event) => event.key) : subscribed);
  const save = useSetWebhook(() => {
    drop();
    onClose?.();
  });
  const tick = (key: string, isOn: boolean) =>
    change({ events: isOn ? [...events, key] : events.filter((each) => each !== key) });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ url: url.trim(), events });
      }}
    >
      <Field label={t("form.url")} help={t("form.urlHelp")} error={save.error?.at("url")} isRequired>
        {(control) => (
          <Input
            {...control}
            value={url}
            onChange={(next) => change({ url: next })}
            placeholder="https://example.com/guazai"
            autoComplete="off"
            spellCheck={false}
          />
        )}
      </Field>
      <fieldset className="kinds">
        <legend>{t("endpoint.events")}</legend>
        <div className="choices">
          {webhook.events.map((event) => (
            <Checkbox
              key={event.key}
              checked={events.includes(event.key)}
              onChange={(ticked) => tick(event.key, ticked.target.checked === true)}
              extra={<code>{event.key}</code>}
            >
              {event.text}
            </Checkbox>
          ))}
        </div>
      </fieldset>
      {save.error && !save.error.at("url") && <Trouble error={save.error} />}
      <div className="row">
        <Button htmlType="submit" theme="solid" loading={save.isPending} disabled={url.trim() === ""}>
          {t(url.trim() === webhook.url && webhook.status === "enabled" ? "common:save" : "form.save")}
        </Button>
        {onClose && (
          <Button
            onClick={() => {
              drop();
              onClose();
            }}
          >
            {t("common:cancel")}
          </Button>
        )}
      </div>
    </form>
  );
}

const UNCHANGED = { url: "", events: null };
