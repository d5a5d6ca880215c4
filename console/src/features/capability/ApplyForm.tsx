import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useAppId } from "@/api/app";
import { Card } from "@/ui/Card";
import { Field } from "@/ui/Field";
import { Button, TextArea } from "@/ui/semi";
import { Trouble } from "@/ui/Trouble";
import { useDraft } from "@/ui/useDraft";
import { useApply } from "./queries";

const EMPTY = { reason: "" };

/** 申请开通, with the reason that reviewers read (C1, C3). */
export function ApplyForm() {
  const { t } = useTranslation("capability");
  const navigate = useNavigate();
  const app = useAppId();
  const [draft, change, { drop }] = useDraft(`capability.${app}`, EMPTY);
  const apply = useApply(() => {
    drop();
    void navigate(`/apps/${app}/mount/submitted`);
  });
  return (
    <Card title={t("apply.title")}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          apply.mutate(draft.reason.trim());
        }}
      >
        <Field
          label={t("apply.reason")}
          help={t("apply.help")}
          error={apply.error?.at("apply_reason")}
          isRequired
        >
          {(control) => (
            <TextArea
              {...control}
              value={draft.reason}
              onChange={(reason) => change({ reason })}
              placeholder={t("apply.placeholder")}
              maxCount={500}
              rows={4}
            />
          )}
        </Field>
        {apply.error && <Trouble error={apply.error} />}
        <div className="row">
          <Button
            htmlType="submit"
            theme="solid"
            type="primary"
            loading={apply.isPending}
            disabled={!draft.reason.trim() || draft.reason.length > 500}
          >
            {t("apply.submit")}
          </Button>
          <span className="muted">{t("apply.next")}</span>
        </div>
      </form>
    </Card>
  );
}
