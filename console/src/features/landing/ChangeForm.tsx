import { useEffect, useMemo, useRef, useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { ActDialog } from "@/ui/ActDialog";
import { Card } from "@/ui/Card";
import { Loaded } from "@/ui/Loaded";
import { Phone } from "@/ui/Phone";
import { Button, Toast } from "@/ui/semi";
import { Trouble } from "@/ui/Trouble";
import { useDraft } from "@/ui/useDraft";
import { useSettled } from "@/ui/useSettled";
import { Content } from "./Content";
import { bodyOf, draftOf, told } from "./form";
import { Times } from "./Now";
import { Obstacles } from "./Obstacles";
import { PageFields, TitleField } from "./PageFields";
import { listOf, profileOf } from "./paths";
import {
  inReview,
  useCheckNow,
  useChecks,
  useProgram,
  useShareLinks,
  useSubmit,
  useTitleLength,
  type Body,
  type Change,
  type LandingRecord,
  type Place,
} from "./queries";

/** The form with its preview, once it is known what can be chosen. */
export function ChangeForm({ place, record }: { place: Place; record: LandingRecord }) {
  const program = useProgram(place.appId);
  const links = useShareLinks(place.appId);
  const titleLength = useTitleLength();
  const loaded = {
    data: program.data && links.data && titleLength.data !== undefined
      ? { pages: program.data.pages, appName: program.data.name, links: links.data, titleLength: titleLength.data }
      : undefined,
    error: program.error ?? links.error ?? titleLength.error,
    refetch: () => Promise.all([program.refetch(), links.refetch(), titleLength.refetch()]),
  };
  return (
    <Loaded query={loaded} rows={8}>
      {(choices) => <Form place={place} record={record} choices={choices} />}
    </Loaded>
  );
}

export interface Choices {
  pages: string[];
  appName: string;
  links: NonNullable<ReturnType<typeof useShareLinks>["data"]>;
  titleLength: number;
}

function Form({ place, record, choices }: { place: Place; record: LandingRecord; choices: Choices }) {
  const { t, i18n } = useTranslation("landing");
  const navigate = useNavigate();
  const form = useRef<HTMLFormElement>(null);
  // The form begins with what was there when it opened; what happens meanwhile is shown above it.
  const [began] = useState(record);
  const initial = useMemo(() => draftOf(began), [began]);
  const [draft, change, kept] = useDraft(`landing.${place.appId}.${place.awemeId}`, initial);
  const isLinkGone = draft.link !== "" && !choices.links.some(({ id }) => id === draft.link);
  const body = bodyOf(isLinkGone ? { ...draft, link: "" } : draft);

  // Checked when typing pauses, and at once when it is submitted.
  const written = JSON.stringify(body);
  const settled = useSettled(written);
  const [sent, setSent] = useState("");
  const checked = written === sent ? written : settled;
  const checkedBody = JSON.parse(checked) as Body;
  const checks = useChecks(place, checkedBody);
  const checkNow = useCheckNow(place);
  const [tries, setTries] = useState(0);
  const [isChecking, setChecking] = useState(false);
  const [failed, setFailed] = useState<unknown>(null);
  const [asked, setAsked] = useState<Change | null>(null);
  const problems = checked === written ? checks.data?.problems : undefined;
  const found = told(problems ?? [], draft.source, tries > 0);
  const waiting = checks.data?.withdraws ?? inReview(record);

  const [previewed, setPreviewed] = useState("");
  const title = checkedBody.title ?? "";
  const isTitleFine = checks.data?.problems.every(({ at }) => at !== "title") ?? false;
  if (isTitleFine && title !== previewed) setPreviewed(title);

  const submit = useSubmit(place, (submitted) => {
    kept.drop();
    Toast.success(t("form.submitted", { day: submitted.due_on }));
    void navigate(listOf(place.appId));
  });
  useEffect(() => {
    if (tries > 0) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [tries]);

  const onSubmit = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (isChecking || submit.isPending) return;
    setSent(written);
    setChecking(true);
    setFailed(null);
    submit.reset();
    try {
      const { problems, withdraws } = await checkNow(body);
      if (problems.length > 0) setTries((before) => before + 1);
      else if (withdraws) setAsked(withdraws);
      else submit.mutate(body);
    } catch (error) {
      setFailed(error);
    } finally {
      setChecking(false);
    }
  };

  return (
    <div className="split">
      <Card title={t("form.heading")}>
        <form ref={form} className="stack" onSubmit={(event) => void onSubmit(event)} noValidate>
          {kept.isKept && (
            <div className="kept" role="status">
              <span>{t("form.kept")}</span>
              <Button size="small" onClick={kept.drop}>
                {t("form.drop")}
              </Button>
            </div>
          )}
          <PageFields
            place={place}
            draft={draft}
            onChange={change}
            choices={choices}
            errors={{
              ...found,
              ...(draft.source === "link" && isLinkGone && { link: t("form.linkGone") }),
              ...(draft.source === "link" && !draft.link && tries > 0 && { link: t("form.linkNeeded") }),
            }}
          />
          <TitleField
            value={draft.title}
            onChange={(title) => change({ title })}
            limit={choices.titleLength}
            appName={choices.appName}
            error={found.title}
          />
          <Obstacles appId={place.appId} problems={found.place} />
          {failed !== null && <Trouble error={failed} />}
          {submit.error && !asked && <Trouble error={submit.error} />}
          {waiting && (
            <div className="hidden-notice">
              <p>{t("form.withdraws")}</p>
              <Content content={waiting} />
              <Times change={waiting} />
            </div>
          )}
          <div className="row">
            <Button
              htmlType="submit"
              type="primary"
              theme="solid"
              loading={isChecking || (submit.isPending && !asked)}
            >
              {t("form.submit")}
            </Button>
            <span className="muted">{t("form.after")}</span>
          </div>
        </form>
        {asked && (
          <ActDialog
            isOpen
            title={t("form.replace")}
            verb={t("form.replaceSubmit")}
            act={{ ...submit, mutate: () => submit.mutate(body) }}
            onClose={() => setAsked(null)}
          >
            <p>{t("form.withdraws")}</p>
            <Content content={asked} />
            <Times change={asked} />
          </ActDialog>
        )}
      </Card>
      <aside className="aside" aria-label={t("preview")}>
        <Preview key={i18n.language} place={place} title={previewed} />
      </aside>
    </div>
  );
}

/** The profile page as the title would make it look, drawn by the server. */
function Preview({ place, title }: { place: Place; title: string }) {
  const { t } = useTranslation("landing");
  const query = new URLSearchParams({ app_id: place.appId, title }).toString();
  const profile = profileOf(place.awemeId);
  return (
    <Phone src={`${profile}/draft?${query}`} qr={`${profile}/qr.svg?of=draft&${query}`} title={t("preview")} />
  );
}
