import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useAct } from "@/api/act";
import { api, data, type Schemas } from "@/api/client";
import { usePaged } from "@/api/pages";
import { asProblem } from "@/api/problem";
import type { Decision } from "./decision";

export type Item = Schemas["ItemOut"];
export type ItemDetail = Schemas["ItemDetailOut"];
export type Kind = Schemas["SubjectKind"];
export type Template = Schemas["TemplateOut"];

export const KINDS = ["capability_application", "landing_change"] as const satisfies Kind[];
export const STATES = ["all", "free", "mine", "claimed"] as const;
export const DUES = ["all", "overdue", "today"] as const;

/** Which part of the queue is asked for; empty texts ask for everything. */
export interface Wanted {
  kind: string;
  state: string;
  due: string;
  app_id: string;
}
export const EVERYTHING: Wanted = { kind: "", state: "all", due: "all", app_id: "" };

const QUEUE_POLL_MS = 5_000;
const ITEM_POLL_MS = 3_000;

/** What of the address is one of `values`; anything else asks for nothing in particular. */
function one<Value extends string>(values: readonly Value[], given: string): Value | undefined {
  return values.find((value) => value === given);
}

function readQueue(wanted: Wanted, cursor: string | undefined, limit: number) {
  const query = {
    cursor,
    limit,
    kind: one(KINDS, wanted.kind),
    state: one(STATES, wanted.state),
    due: one(DUES, wanted.due),
    app_id: wanted.app_id || undefined,
  };
  return data(api.GET("/api/v1/review/queue", { params: { query } }));
}

export function useQueue(wanted: Wanted) {
  return usePaged<Item>(["review", "queue", wanted], (cursor) => readQueue(wanted, cursor, 20), {
    refetchInterval: QUEUE_POLL_MS,
  });
}

/** One item, told again every few seconds while it waits and the page is looked at (L3). */
export function useItem(kind: Kind, id: string) {
  return useQuery({
    queryKey: ["review", "item", kind, id],
    queryFn: () => data(api.GET("/api/v1/review/items/{kind}/{item_id}", item(kind, id))),
    refetchInterval: (query) => (query.state.data?.status === "in_review" ? ITEM_POLL_MS : false),
  });
}

/** The reasons to choose from, in the reader's language. */
export function useTemplates(kind: Kind) {
  const { i18n } = useTranslation();
  return useQuery({
    queryKey: ["review", "reasons", kind, i18n.language],
    queryFn: () => data(api.GET("/api/v1/review/reasons", { params: { query: { kind } } })),
    staleTime: Infinity,
  });
}

const item = (kind: Kind, item_id: string) => ({ params: { path: { kind, item_id } } });
const claim = (kind: Kind, id: string, body: Schemas["ClaimIn"] = { take_over: false, reason: "" }) =>
  data(api.POST("/api/v1/review/items/{kind}/{item_id}/claim", { ...item(kind, id), body }));

/** Take an item in hand; one that another reviewer holds, with a reason. Again is no second effect. */
export function useClaim({ kind, id }: Item, onDone?: () => void) {
  return useAct(
    ({ reason = "" }: { reason?: string }) => claim(kind, id, { take_over: reason !== "", reason }),
    onDone ? { onDone } : {},
  );
}

export function useRelease({ kind, id }: Item, onDone: () => void) {
  return useAct(
    () => data(api.POST("/api/v1/review/items/{kind}/{item_id}/release", item(kind, id))),
    { onDone },
  );
}

/** Hold on to one's own claim; a refusal means that the item changed, so it is asked for anew. */
export function useHeartbeat({ kind, id }: Item): () => void {
  const client = useQueryClient();
  return () =>
    void api
      .POST("/api/v1/review/items/{kind}/{item_id}/heartbeat", item(kind, id))
      .catch(() => undefined)
      .finally(() => void client.invalidateQueries({ queryKey: ["review", "item", kind, id] }));
}

/** Approve or reject; the answer is the decision that was made. */
export function useDecide({ kind, id }: Item, onDone: (made: Decision) => void) {
  return useAct(
    async (made: Decision, attempt) => {
      const call = { ...item(kind, id), ...attempt };
      const { content_hash, marks, reasons } = made;
      if (made.verb === "approve") {
        const body = { content_hash, marks };
        await api.POST("/api/v1/review/items/{kind}/{item_id}/approve", { ...call, body });
      } else {
        const body = { content_hash, marks, reasons };
        await api.POST("/api/v1/review/items/{kind}/{item_id}/reject", { ...call, body });
      }
      return made;
    },
    { onDone },
  );
}

/** Claim the first free item of the queue that the reviewer may decide on; null where none is. */
export function useTakeNext(wanted: Wanted, onDone: (taken: Item | null) => void) {
  return useAct(async () => {
    let cursor: string | undefined;
    do {
      const page = await readQueue({ ...wanted, state: "free" }, cursor, 100);
      for (const { kind, id, available_actions } of page.items) {
        if (!available_actions.includes("claim")) continue;
        const taken = await claim(kind, id).catch(unlessTaken);
        if (taken) return taken;
      }
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    return null;
  }, { onDone });
}

/** Another reviewer was faster, or the developer withdrew it: on to the next. */
function unlessTaken(error: unknown): null {
  if (asProblem(error).status === 409) return null;
  throw error;
}
