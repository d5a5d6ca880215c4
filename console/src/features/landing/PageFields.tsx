import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Field } from "@/ui/Field";
import { RadioGroup } from "@/ui/RadioGroup";
import { Input, Radio, Select } from "@/ui/semi";
import type { Choices } from "./ChangeForm";
import { address, length, type Draft, type Told } from "./form";
import type { Place } from "./queries";

/** From this many on, a list of choices draws only what is seen of it. */
const ITEM_PX = 36;
const LIST_PX = 270;
const virtual = (count: number) =>
  count > 50 ? { virtualize: { height: LIST_PX, width: "100%", itemSize: ITEM_PX } } : {};

/** The two ways to name a page (L1): a share link, or its path. */
export function PageFields({
  place,
  draft,
  onChange,
  choices,
  errors,
}: {
  place: Place;
  draft: Draft;
  onChange: (changed: Partial<Draft>) => void;
  choices: Choices;
  errors: Omit<Told, "place">;
}) {
  const { t } = useTranslation("landing");
  const pick = useId();
  return (
    <>
      <RadioGroup
        type="pureCard"
        className="ways"
        value={draft.source}
        onChange={(event) => onChange({ source: event.target.value as Draft["source"] })}
        aria-label={t("form.way")}
      >
        <Radio value="link" extra={t("form.linkExtra")}>
          {t("form.link")}
        </Radio>
        <Radio value="path" extra={t("form.pathExtra")}>
          {t("form.path")}
        </Radio>
      </RadioGroup>
      {draft.source === "link" ? (
        <LinkField place={place} draft={draft} onChange={onChange} choices={choices} error={errors.link} />
      ) : (
        <>
          <Field label={t("form.pagePath")} help={t("form.pagePathHelp")} error={errors.path} isRequired>
            {(control) => (
              <div className="picker">
                <Input
                  {...control}
                  value={draft.path}
                  onChange={(path) => onChange({ path })}
                  placeholder={choices.pages[0] ?? "pages/index/index"}
                  spellCheck={false}
                  autoComplete="off"
                />
                <span id={pick} className="visually-hidden">
                  {t("form.pick")}
                </span>
                <Select
                  aria-labelledby={pick}
                  placeholder={t("form.pick")}
                  filter
                  value={undefined}
                  optionList={choices.pages.map((page) => ({ value: page, label: page }))}
                  onChange={(path) => onChange({ path: path as string })}
                  emptyContent={t("form.noPages")}
                  {...virtual(choices.pages.length)}
                />
              </div>
            )}
          </Field>
          <Field label={t("form.query")} help={t("form.queryHelp")} error={errors.query}>
            {(control) => (
              <Input
                {...control}
                prefix="?"
                value={draft.query}
                onChange={(query) => onChange({ query })}
                placeholder="from=profile"
                spellCheck={false}
                autoComplete="off"
              />
            )}
          </Field>
        </>
      )}
    </>
  );
}

function LinkField({
  place,
  draft,
  onChange,
  choices,
  error,
}: {
  place: Place;
  draft: Draft;
  onChange: (changed: Partial<Draft>) => void;
  choices: Choices;
  error: string | undefined;
}) {
  const { t } = useTranslation("landing");
  const create = <Link to={`/apps/${place.appId}/links`}>{t("form.createLink")}</Link>;
  return (
    <Field
      label={t("form.shareLink")}
      help={
        <>
          {choices.links.length === 0 && t("form.noLinks")} {create}
        </>
      }
      error={error}
      isRequired
    >
      {(control) => (
        <Select
          {...control}
          placeholder={t("form.chooseLink")}
          filter
          value={draft.link || undefined}
          optionList={choices.links.map((link) => ({
            value: link.id,
            label: t(link.has_page ? "form.linkOption" : "form.linkOptionMissing", {
              name: link.name,
              address: address(link),
            }),
            disabled: !link.has_page,
          }))}
          onChange={(link) => onChange({ link: link as string })}
          {...virtual(choices.links.length)}
        />
      )}
    </Field>
  );
}

/** What the entry says; empty for the mini program's name. */
export function TitleField({
  value,
  onChange,
  limit,
  appName,
  error,
}: {
  value: string;
  onChange: (value: string) => void;
  limit: number;
  appName: string;
  error: string | undefined;
}) {
  const { t } = useTranslation("landing");
  const used = length(value);
  return (
    <Field label={t("form.entryTitle")} help={t("form.entryTitleHelp", { name: appName })} error={error}>
      {(control) => (
        <Input
          {...control}
          value={value}
          onChange={onChange}
          placeholder={appName}
          suffix={<span className={used > limit ? "counter over" : "counter muted"}>{`${used}/${limit}`}</span>}
        />
      )}
    </Field>
  );
}
