import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usePeople } from "@/api/people";
import { Card } from "@/ui/Card";
import { Choice } from "@/ui/Choice";
import { Differences } from "@/ui/Differences";
import { EmptyState } from "@/ui/EmptyState";
import { Facts } from "@/ui/Facts";
import { Field } from "@/ui/Field";
import { FilterInput } from "@/ui/FilterInput";
import { Identifier } from "@/ui/Identifier";
import { LocalTime } from "@/ui/LocalTime";
import { exact } from "@/ui/moment";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import { Button, Select, type ColumnProps } from "@/ui/semi";
import { useFilters } from "@/ui/useFilters";
import { differencesOf } from "./differences";
import { linkOf } from "./links";
import { ANYTHING, useEvents, type AuditEvent, type Wanted } from "./queries";
import { SUBJECTS, VERBS } from "./verbs";
import "./audit.css";

/** 审计: who did what, on what, and why; every act is here (G4). */
export function Component() {
  const { t } = useTranslation("audit");
  const [wanted, setWanted] = useFilters(ANYTHING);
  const [opened, setOpened] = useState<string[]>([]);
  const events = useEvents(wanted);
  const people = usePeople(events.rows.map((event) => event.actor).filter(({ kind }) => kind === "person"));
  const verbText = (verb: string) => t(`verb.${verb}`, { defaultValue: verb });
  const toggle = (id: string) =>
    setOpened((before) => (before.includes(id) ? before.filter((each) => each !== id) : [...before, id]));
  const columns: ColumnProps<AuditEvent>[] = [
    { title: t("at"), width: 150, render: (_: unknown, event) => <Moment at={event.at} /> },
    {
      title: t("who"),
      width: 170,
      render: (_: unknown, event) => (
        <div className="audit-cell">
          <Link to={`?actor_id=${encodeURIComponent(event.actor.id)}`}>
            {people.get(event.actor.id) ?? event.actor.id}
          </Link>
          <span className="muted">{t(`actor.${event.actor.kind}`)}</span>
        </div>
      ),
    },
    {
      title: t("did"),
      width: 200,
      render: (_: unknown, event) => (
        <div className="audit-cell">
          <span>{verbText(event.verb)}</span>
          <code>{event.verb}</code>
        </div>
      ),
    },
    {
      title: t("on"),
      width: 310,
      render: (_: unknown, event) => (
        <div className="audit-cell">
          <span className="muted">
            {t(`subject.${event.subject.kind}`, { defaultValue: event.subject.kind })}
          </span>
          <Identifier id={event.subject.id} to={linkOf(event.subject.kind, event.subject.id)} />
        </div>
      ),
    },
    {
      title: t("why"),
      render: (_: unknown, event) => event.reason || <span className="muted">{t("common:none")}</span>,
    },
    {
      title: t("common:actions"),
      width: 100,
      render: (_: unknown, event) => {
        const isOpen = opened.includes(event.id);
        return (
          <Button
            theme="borderless"
            aria-expanded={isOpen}
            aria-label={t(isOpen ? "closeOf" : "openOf", { verb: verbText(event.verb), at: exact(event.at) })}
            onClick={() => toggle(event.id)}
          >
            {t(isOpen ? "close" : "open")}
          </Button>
        );
      },
    },
  ];
  return (
    <PageFrame title={t("title")} note={t("note")}>
      <Search wanted={wanted} onChange={setWanted} />
      <PagedTable
        paged={events}
        columns={columns}
        rowKey={(event) => event.id}
        label={t("title")}
        empty={<EmptyState title={t("empty.title")}>{t("empty.text")}</EmptyState>}
        expanded={{ keys: opened, render: (event) => <Detail event={event} /> }}
      />
    </PageFrame>
  );
}

function Search({ wanted, onChange }: { wanted: Wanted; onChange: (changed: Partial<Wanted>) => void }) {
  const { t } = useTranslation("audit");
  const verbName = useId();
  const verbs = Object.entries(VERBS).flatMap(([context, names]) =>
    names.map((name) => ({
      value: `${context}.${name}`,
      label: `${t(`verb.${context}.${name}`)} ${context}.${name}`,
    })),
  );
  const isKnown = wanted.verb === "" || verbs.some(({ value }) => value === wanted.verb);
  const subjects = SUBJECTS.map((kind) => ({ value: kind, label: t(`subject.${kind}`) }));
  const hasSubject = subjects.some(({ value }) => value === wanted.subject_kind);
  const other = { value: wanted.subject_kind, label: wanted.subject_kind };
  return (
    <Card>
      <div className="audit-search">
        <FilterInput label={t("search.actor")} value={wanted.actor_id} onChange={(actor_id) => onChange({ actor_id })} />
        <span id={verbName} className="visually-hidden">
          {t("search.verb")}
        </span>
        <Select
          filter
          showClear
          aria-labelledby={verbName}
          placeholder={t("search.verb")}
          {...(wanted.verb && { value: wanted.verb })}
          key={wanted.verb}
          optionList={isKnown ? verbs : [{ value: wanted.verb, label: wanted.verb }, ...verbs]}
          onChange={(picked) => onChange({ verb: typeof picked === "string" ? picked : "" })}
        />
        <Choice
          label={t("search.kind")}
          value={wanted.subject_kind}
          onChange={(subject_kind) => onChange({ subject_kind })}
          options={[
            { value: "", label: t("search.anyKind") },
            ...(hasSubject || wanted.subject_kind === "" ? subjects : [other, ...subjects]),
          ]}
        />
        <FilterInput
          label={t("search.subject")}
          value={wanted.subject_id}
          onChange={(subject_id) => onChange({ subject_id })}
        />
        <FilterInput
          label={t("search.request")}
          value={wanted.request_id}
          onChange={(request_id) => onChange({ request_id })}
        />
        <div className="audit-times">
          <Field label={t("search.since")}>
            {(control) => <LocalTime {...control} value={wanted.since} onChange={(since) => onChange({ since })} />}
          </Field>
          <Field label={t("search.until")}>
            {(control) => <LocalTime {...control} value={wanted.until} onChange={(until) => onChange({ until })} />}
          </Field>
        </div>
        <Button
          disabled={Object.values(wanted).every((value) => value === "")}
          onClick={() => onChange(ANYTHING)}
        >
          {t("search.clear")}
        </Button>
      </div>
    </Card>
  );
}

/** What an act changed, and its place in the chain that proves it. */
function Detail({ event }: { event: AuditEvent }) {
  const { t } = useTranslation("audit");
  const { rows, same } = differencesOf(event.before, event.after);
  return (
    <div className="audit-detail">
      {rows.length > 0 ? (
        <Differences rows={rows} before={t("before")} after={t("after")} />
      ) : (
        <p className="muted">{t("noChange")}</p>
      )}
      {same > 0 && <p className="muted">{t("same", { count: same })}</p>}
      <Facts
        facts={[
          [t("event"), <Identifier key="event" id={event.id} />],
          [
            t("request"),
            event.request_id ? (
              <Identifier
                key="request"
                id={event.request_id}
                to={`/operate/audit?request_id=${encodeURIComponent(event.request_id)}`}
              />
            ) : (
              t("common:none")
            ),
          ],
          [t("exactAt"), `${exact(event.at)} · ${event.at}`],
          [t("place"), t("placeOf", { partition: event.partition, seq: event.seq })],
          [t("hash"), <Identifier key="hash" id={event.hash} />],
          [
            t("subjectAll"),
            <Link
              key="all"
              to={`/operate/audit?subject_kind=${event.subject.kind}&subject_id=${encodeURIComponent(event.subject.id)}`}
            >
              {t("subjectAllText")}
            </Link>,
          ],
        ]}
      />
    </div>
  );
}
