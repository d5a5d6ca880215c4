import { IconAlertTriangle, IconTickCircle } from "@douyinfe/semi-icons";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { Card } from "@/ui/Card";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";
import { Button } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { Trouble } from "@/ui/Trouble";
import { Account } from "./Account";
import { HiddenBanner } from "./HiddenNotice";
import { listOf, pathOf, profileOf } from "./paths";
import { useRecord, useRemind, useWhy, type Place, type Term, type Why } from "./queries";
import "./landing.css";

/** 为什么不展示: every term of being shown, with who can mend it (V2). */
export function Component() {
  const { t } = useTranslation("landing");
  const { appId = "", awemeId = "" } = useParams();
  const place = { appId, awemeId };
  const record = useRecord(place);
  const why = useWhy(place);
  return (
    <PageFrame
      title={t("why.title")}
      crumbs={[{ text: t("title"), to: listOf(appId) }]}
      actions={
        record.data?.available_actions.includes("modify") && <Link to={pathOf(place)}>{t("form.title")}</Link>
      }
    >
      <Loaded query={why} rows={8}>
        {(why) => (
          <>
            <Card>
              <div className="row between">
                {record.data && <Account record={record.data} />}
                <Answer why={why} place={place} />
              </div>
            </Card>
            <Reminder why={why} place={place} />
            <Terms title={t("why.unmet")} terms={why.terms.filter(({ is_met }) => !is_met)} place={place} />
            <Terms title={t("why.met")} terms={why.terms.filter(({ is_met }) => is_met)} place={place} />
          </>
        )}
      </Loaded>
    </PageFrame>
  );
}

function Answer({ why, place }: { why: Why; place: Place }) {
  const { t } = useTranslation("landing");
  const count = why.terms.filter(({ is_met }) => !is_met).length;
  return (
    <div className="row" role="status">
      <StatusTag of="entry" status={why.is_shown ? "shown" : "hidden"} />
      <strong>{why.is_shown ? t("why.shown") : t("why.hidden", { count })}</strong>
      {why.is_shown && (
        <a href={profileOf(place.awemeId)} target="_blank" rel="noreferrer">
          {t("profile")}
        </a>
      )}
    </div>
  );
}

/** The creator rules hide the entry (E4): which rule is the owner's to know, who can be reminded (E5). */
function Reminder({ why, place }: { why: Why; place: Place }) {
  const { t } = useTranslation("landing");
  const remind = useRemind(place);
  if (!why.notice) return null;
  return (
    <HiddenBanner notice={why.notice}>
      <p>{t("remind.text")}</p>
      <div className="row">
        {why.available_actions.includes("remind_owner") && (
          <Button onClick={() => remind.mutate()} loading={remind.isPending}>
            {t("remind.button")}
          </Button>
        )}
        <span role="status">
          {why.reminded_on ? t("remind.sent", { day: why.reminded_on }) : t("remind.never")}
        </span>
      </div>
      {remind.error && <Trouble error={remind.error} />}
    </HiddenBanner>
  );
}

function Terms({ title, terms, place }: { title: string; terms: Term[]; place: Place }) {
  if (terms.length === 0) return null;
  return (
    <Card title={title}>
      <ul className="terms">
        {terms.map((term) => (
          <TermRow key={term.key} term={term} place={place} />
        ))}
      </ul>
    </Card>
  );
}

/** Where a developer mends what does not hold. */
const MENDED_AT: Record<string, "mount" | "accounts" | "form" | undefined> = {
  capability_not_granted: "mount",
  mini_program_offline: "mount",
  binding_not_active: "accounts",
  landing_not_live: "form",
  page_missing: "form",
};

function TermRow({ term, place }: { term: Term; place: Place }) {
  const { t } = useTranslation("landing");
  const mended = MENDED_AT[term.reason];
  return (
    <li className={term.is_met ? "met" : "unmet"}>
      <span className="term-icon">{term.is_met ? <IconTickCircle /> : <IconAlertTriangle />}</span>
      <div className="stack tight">
        <strong>{term.text}</strong>
        {!term.is_met && (
          <>
            <p>{t(`reason.${term.reason}`)}</p>
            <p className="muted">
              {t("why.mender", { who: t(`mender.${term.mender}`) })}{" "}
              {mended && (
                <Link to={mended === "form" ? pathOf(place) : `/apps/${place.appId}/${mended}`}>
                  {t(`mend.${mended}`)}
                </Link>
              )}
            </p>
          </>
        )}
        {term.as_of && <p className="muted small">{t("why.asOf", { day: term.as_of })}</p>}
      </div>
      <div>
        <StatusTag of="condition" status={term.is_met ? "met" : "unmet"} />
      </div>
    </li>
  );
}
