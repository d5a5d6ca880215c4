import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { useAppId } from "@/api/app";
import { Card } from "@/ui/Card";
import { Field } from "@/ui/Field";
import { PageFrame } from "@/ui/PageFrame";
import { RadioGroup } from "@/ui/RadioGroup";
import { Button, Input, Radio } from "@/ui/semi";
import { useDraft } from "@/ui/useDraft";
import { Limits } from "./Limits";
import { useRequest, type Kind } from "./queries";
import { Refusal } from "./Refusal";

/** Ask the owner of a Douyin account for a binding; what stands against it is explained in place. */
export function Component() {
  const { t } = useTranslation("binding");
  const navigate = useNavigate();
  const app = useAppId();
  const [search] = useSearchParams();
  const [draft, change, { drop }] = useDraft<{ kind: Kind; aweme_id: string; ends_on: string }>(`binding.${app}`, {
    kind: search.get("kind") === "employee" ? "employee" : "brand",
    aweme_id: search.get("account") ?? "",
    ends_on: "",
  });
  const base = `/apps/${app}/accounts`;
  const request = useRequest((made) => {
    drop();
    // The form is done with: the back button leads to the list, not to a second request.
    void navigate(`${base}/${made.id}`, { replace: true });
  });
  const aweme_id = draft.aweme_id.trim();
  const ends_on = draft.kind === "employee" && draft.ends_on ? draft.ends_on : null;
  return (
    <PageFrame title={t("new.title")} crumbs={[{ text: t("title"), to: base }]}>
      <div className="split">
        <Card>
          <form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault();
              if (aweme_id) request.mutate({ aweme_id, kind: draft.kind, ends_on });
            }}
          >
            <fieldset className="kinds">
              <legend>{t("new.kind")}</legend>
              <RadioGroup
                direction="vertical"
                value={draft.kind}
                onChange={(event) => change({ kind: event.target.value as Kind })}
                aria-label={t("new.kind")}
              >
                <Radio value="brand" extra={t("kindText.brand")}>
                  {t("kind.brand")}
                </Radio>
                <Radio value="employee" extra={t("kindText.employee")}>
                  {t("kind.employee")}
                </Radio>
                <Radio value="cooperation" extra={t("kindText.cooperation")} disabled>
                  {t("kind.cooperation")}
                </Radio>
              </RadioGroup>
            </fieldset>
            <Field
              label={t("new.account")}
              help={t("new.accountHelp")}
              error={request.error?.at("aweme_id")}
              isRequired
            >
              {(control) => (
                <Input
                  {...control}
                  value={draft.aweme_id}
                  onChange={(aweme_id) => change({ aweme_id })}
                  placeholder={t("new.placeholder")}
                  autoComplete="off"
                  spellCheck={false}
                />
              )}
            </Field>
            {draft.kind === "employee" && (
              <Field
                label={t("new.endsOn")}
                help={t("new.endsOnHelp")}
                error={request.error?.at("ends_on")}
              >
                {(control) => (
                  <Input
                    {...control}
                    type="date"
                    value={draft.ends_on}
                    onChange={(ends_on) => change({ ends_on })}
                  />
                )}
              </Field>
            )}
            {request.error && (
              <Refusal problem={request.error} asked={request.variables} />
            )}
            <div className="row">
              <Button
                htmlType="submit"
                theme="solid"
                type="primary"
                loading={request.isPending}
                disabled={!aweme_id}
              >
                {t("new.submit")}
              </Button>
              <span className="muted">{t("new.next")}</span>
            </div>
          </form>
        </Card>
        <Card title={t("how.title")}>
          <ol className="steps">
            <li>{t("how.request")}</li>
            <li>{t("how.show")}</li>
            <li>{t("how.consent")}</li>
            <li>{t("how.page")}</li>
          </ol>
        </Card>
      </div>
      <Limits kind={draft.kind} />
    </PageFrame>
  );
}
