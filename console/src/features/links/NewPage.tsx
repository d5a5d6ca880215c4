import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useApp, useAppId } from "@/api/app";
import { Card } from "@/ui/Card";
import { EmptyState } from "@/ui/EmptyState";
import { Field } from "@/ui/Field";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";
import { Button, Input, Select } from "@/ui/semi";
import { Trouble } from "@/ui/Trouble";
import { useDraft } from "@/ui/useDraft";
import { useCreate } from "./queries";

const EMPTY = { name: "", page_path: "", query: "" };

/** Give a page of the published version a name (L1). */
export function Component() {
  const { t } = useTranslation("links");
  const list = `/apps/${useAppId()}/links`;
  return (
    <PageFrame title={t("new.title")} crumbs={[{ text: t("title"), to: list }]}>
      <Loaded query={useApp()}>
        {(app) =>
          app.pages.length > 0 ? (
            <NewLink pages={app.pages} list={list} />
          ) : (
            <EmptyState title={t("new.noPages.title")}>{t("new.noPages.text")}</EmptyState>
          )
        }
      </Loaded>
    </PageFrame>
  );
}

function NewLink({ pages, list }: { pages: string[]; list: string }) {
  const { t } = useTranslation("links");
  const navigate = useNavigate();
  const [draft, change, { drop }] = useDraft(`links.${useAppId()}`, EMPTY);
  const create = useCreate(() => {
    drop();
    void navigate(list, { replace: true });
  });
  return (
    <Card>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(draft);
        }}
      >
        <Field label={t("name")} help={t("new.nameHelp")} error={create.error?.at("name")} isRequired>
          {(control) => (
            <Input
              {...control}
              value={draft.name}
              onChange={(name) => change({ name })}
              placeholder={t("new.namePlaceholder")}
            />
          )}
        </Field>
        <Field label={t("page")} help={t("new.pageHelp")} error={create.error?.at("page_path")} isRequired>
          {(control) => (
            <Select
              id={control.id}
              aria-describedby={control["aria-describedby"]}
              aria-labelledby={control["aria-labelledby"]}
              validateStatus={control.validateStatus}
              value={draft.page_path || undefined}
              onChange={(page_path) => change({ page_path: page_path as string })}
              optionList={pages.map((page) => ({ value: page, label: page }))}
              placeholder={t("new.pagePlaceholder")}
              filter
            />
          )}
        </Field>
        <Field label={t("query")} help={t("new.queryHelp")} error={create.error?.at("query")}>
          {(control) => (
            <Input
              {...control}
              value={draft.query}
              onChange={(query) => change({ query })}
              placeholder="from=profile"
              spellCheck={false}
            />
          )}
        </Field>
        {create.error && <Trouble error={create.error} />}
        <div className="row">
          <Button
            htmlType="submit"
            theme="solid"
            type="primary"
            loading={create.isPending}
            disabled={!draft.name.trim() || !draft.page_path}
          >
            {t("create")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
