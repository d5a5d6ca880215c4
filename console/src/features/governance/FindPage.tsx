import { IconSearch } from "@douyinfe/semi-icons";
import { useQueryClient } from "@tanstack/react-query";
import type { SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useSession } from "@/api/session";
import { Card } from "@/ui/Card";
import { EmptyState } from "@/ui/EmptyState";
import { Identifier } from "@/ui/Identifier";
import { PageFrame } from "@/ui/PageFrame";
import { Input, Skeleton } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { Trouble } from "@/ui/Trouble";
import { useFilters } from "@/ui/useFilters";
import { useTyped } from "@/ui/useTyped";
import { grouped, linkOf, STATUS_OF, theOne } from "./found";
import { findOptions, SHORTEST, useFind, type Found } from "./queries";
import { Verb } from "./Target";

/** Anything by its id, how that begins, or how its name begins; Enter opens the only hit. */
export function Component() {
  const { t } = useTranslation("governance");
  const [{ q }, setFilters] = useFilters({ q: "" });
  const [typed, type] = useTyped(q, (text) => setFilters({ q: text }));
  const isReviewer = useSession().data?.is_reviewer ?? false;
  const found = useFind(q);
  const client = useQueryClient();
  const navigate = useNavigate();
  const open = async (event: SyntheticEvent) => {
    event.preventDefault();
    const asked = typed.trim();
    if (asked.length < SHORTEST) return;
    const answer = await client.query(findOptions(asked)).catch(() => null);
    const one = answer && theOne(answer, asked);
    if (!one) return;
    // The way back leads to what was looked for.
    await navigate({ search: `?${new URLSearchParams({ q: asked })}` }, { replace: true });
    await navigate(linkOf(one, isReviewer));
  };
  return (
    <PageFrame title={t("find.title")} note={t("find.note")}>
      <form role="search" onSubmit={(event) => void open(event)}>
        <Input
          size="large"
          prefix={<IconSearch />}
          value={typed}
          onChange={type}
          placeholder={t("find.placeholder")}
          aria-label={t("find.label")}
          maxLength={64}
          autoFocus
          showClear
        />
      </form>
      <div aria-live="polite" aria-busy={found.isFetching} className="stack">
        {q.length < SHORTEST ? (
          <EmptyState title={t("find.begin.title")}>{t("find.begin.text")}</EmptyState>
        ) : found.error ? (
          <Trouble error={found.error} onRetry={() => void found.refetch()} />
        ) : found.data === undefined ? (
          <Skeleton active loading placeholder={<Skeleton.Paragraph rows={6} />} />
        ) : found.data.length === 0 ? (
          <EmptyState title={t("find.nothing.title", { q })}>{t("find.nothing.text")}</EmptyState>
        ) : (
          <Results items={found.data} isReviewer={isReviewer} />
        )}
      </div>
    </PageFrame>
  );
}

function Results({ items, isReviewer }: { items: Found[]; isReviewer: boolean }) {
  const { t } = useTranslation("governance");
  return (
    <>
      <p className="muted">{t(items.length === 20 ? "find.most" : "find.count", { count: items.length })}</p>
      {grouped(items).map(([kind, found]) => (
        <Card key={kind} title={t(`kind.${kind}`)}>
          <ul className="found">
            {found.map((each) => {
              const of = STATUS_OF[kind];
              return (
                <li key={each.id}>
                  <Link to={linkOf(each, isReviewer)}>
                    {SAYS_VERB.has(kind) ? <Verb verb={each.name} /> : each.name || each.id}
                  </Link>
                  <Identifier id={each.id} />
                  <span>{of && each.status && <StatusTag of={of} status={each.status} />}</span>
                </li>
              );
            })}
          </ul>
        </Card>
      ))}
    </>
  );
}

/** The kinds whose name is what was done. */
const SAYS_VERB = new Set<Found["kind"]>(["takedown", "request", "audit_event"]);
