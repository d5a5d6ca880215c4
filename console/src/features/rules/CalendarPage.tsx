import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { Card } from "@/ui/Card";
import { Field } from "@/ui/Field";
import { LinkButton } from "@/ui/LinkButton";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";
import { Banner, Button, TextArea } from "@/ui/semi";
import { day } from "@/ui/moment";
import { useDraft } from "@/ui/useDraft";
import { useFilters } from "@/ui/useFilters";
import { read, toggled, written, type YearDays } from "./calendar";
import { Months } from "./Months";
import { useCalendar, usePublishCalendar, type CalendarYear } from "./queries";
import "./rules.css";

const FIRST = 2024;
const LAST = 2100;

/** The working days that due dates are counted by, a year at a time (C3). */
export function Component() {
  const { t } = useTranslation("rules");
  const now = day(new Date()).slice(0, 4);
  const [filters, setFilters] = useFilters({ year: now });
  const asked = Number(filters.year);
  const year = Number.isInteger(asked) && asked >= FIRST && asked <= LAST ? asked : Number(now);
  const calendar = useCalendar(year);
  return (
    <PageFrame
      title={t("calendar.title")}
      note={t("calendar.note")}
      actions={
        <LinkButton to={`/operate/audit?subject_kind=calendar&subject_id=${year}`}>{t("history")}</LinkButton>
      }
    >
      <nav className="row" aria-label={t("calendar.years")}>
        <Button disabled={year <= FIRST} onClick={() => setFilters({ year: String(year - 1) })}>
          {t("calendar.previous")}
        </Button>
        <strong aria-live="polite">{t("calendar.year", { year: String(year) })}</strong>
        <Button disabled={year >= LAST} onClick={() => setFilters({ year: String(year + 1) })}>
          {t("calendar.next")}
        </Button>
      </nav>
      <Loaded query={calendar} rows={12}>
        {(found) => <Year key={found.year} calendar={found} />}
      </Loaded>
    </PageFrame>
  );
}

const daysOf = (calendar: CalendarYear): YearDays => ({
  daysOff: new Set(calendar.days_off),
  makeUpDays: new Set(calendar.make_up_days),
});

function Year({ calendar }: { calendar: CalendarYear }) {
  const { t } = useTranslation("rules");
  const { year } = calendar;
  const inForce = daysOf(calendar);
  const initial = { off: written(inForce.daysOff), makeUp: written(inForce.makeUpDays) };
  const [kept, keep, { isKept, drop }] = useDraft(`calendar.${year}`, initial);
  const [isEditing, setEditing] = useState(isKept);
  const [isPublishing, setPublishing] = useState(false);
  const publish = usePublishCalendar(year, () => {
    drop();
    setPublishing(false);
    setEditing(false);
  });
  const typed = isKept ? kept : initial;
  const [off, makeUp] = [read(typed.off), read(typed.makeUp)];
  const edited = { daysOff: off.days, makeUpDays: makeUp.days };
  const isReadable = off.wrong.length + makeUp.wrong.length === 0;
  const toggle = (picked: string) => {
    const next = toggled(picked, edited);
    keep({ off: written(next.daysOff), makeUp: written(next.makeUpDays) });
  };
  const stop = () => {
    drop();
    publish.reset();
    setEditing(false);
  };
  const wrong = (lines: string[]) =>
    lines.length > 0 ? t("calendar.wrongLines", { lines: lines.join(t("list.separator")) }) : undefined;
  return (
    <>
      <Banner
        type={calendar.is_published ? "info" : "warning"}
        fullMode={false}
        closeIcon={null}
        title={t(calendar.is_published ? "calendar.announced" : "calendar.notAnnounced")}
        description={t(calendar.is_published ? "calendar.announcedText" : "calendar.notAnnouncedText", {
          off: inForce.daysOff.size,
          makeUp: inForce.makeUpDays.size,
        })}
      />
      <div className="row between">
        <ul className="calendar-legend">
          {(["off", "make_up", "weekend", "working"] as const).map((kind) => (
            <li key={kind}>
              <span className={`day is-${kind}`} aria-hidden>
                1
              </span>{" "}
              {t(`calendar.kind.${kind}`)}
            </li>
          ))}
        </ul>
        {calendar.available_actions.includes("publish") && !isEditing && (
          <Button onClick={() => setEditing(true)}>{t("calendar.edit")}</Button>
        )}
      </div>
      {isEditing && (
        <Card title={t("calendar.editTitle", { year: String(year) })}>
          <p className="muted">{t("calendar.editText")}</p>
          <div className="halves">
            <Field
              label={t("calendar.daysOff", { count: off.days.size })}
              help={t("calendar.linesHelp")}
              error={wrong(off.wrong)}
            >
              {(control) => (
                <TextArea {...control} rows={6} value={typed.off} onChange={(text) => keep({ ...typed, off: text })} />
              )}
            </Field>
            <Field
              label={t("calendar.makeUpDays", { count: makeUp.days.size })}
              help={t("calendar.makeUpHelp")}
              error={wrong(makeUp.wrong)}
            >
              {(control) => (
                <TextArea
                  {...control}
                  rows={6}
                  value={typed.makeUp}
                  onChange={(text) => keep({ ...typed, makeUp: text })}
                />
              )}
            </Field>
          </div>
          <div className="row end">
            <Button onClick={stop}>{t("calendar.stop")}</Button>
            <Button theme="solid" type="primary" disabled={!isReadable} onClick={() => setPublishing(true)}>
              {t("calendar.publish")}
            </Button>
          </div>
        </Card>
      )}
      <Months year={year} days={isEditing ? edited : inForce} onToggle={isEditing && isReadable ? toggle : null} />
      <ActDialog
        isOpen={isPublishing}
        title={t("calendar.publishTitle", { year: String(year) })}
        verb={t("calendar.publish")}
        act={{
          mutate: ({ reason }) =>
            publish.mutate({ days_off: [...off.days].sort(), make_up_days: [...makeUp.days].sort(), reason }),
          isPending: publish.isPending,
          error: publish.error,
          reset: publish.reset,
        }}
        onClose={() => setPublishing(false)}
        needsReason
      >
        <p>{t("calendar.publishText", { off: off.days.size, makeUp: makeUp.days.size })}</p>
      </ActDialog>
    </>
  );
}
