import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useAct } from "@/api/act";
import { api, data, type Schemas } from "@/api/client";
import { usePaged } from "@/api/pages";

export type LandingRecord = Schemas["RecordOut"];
export type Change = Schemas["ChangeOut"];
export type Live = Schemas["LiveOut"];
/** What is submitted: what is left out has its default. */
export type Body = Partial<Schemas["ChangeIn"]>;
export type Checks = Schemas["ChecksOut"];
export type CheckProblem = Schemas["CheckProblemOut"];
export type ShareLink = Schemas["ShareLinkOut"];
export type Removed = Schemas["RemovedOut"];
export type Takedown = Schemas["AcceptedTakedownOut"];
export type Why = Schemas["AppWhyOut"];
export type Term = Schemas["TermOut"];

const SURFACE = "profile_mount";
const RECORD = "/api/v1/mini-programs/{app_id}/surfaces/{surface}/records/{aweme_id}";
/** How soon a reviewer's decision, or a change of what is shown, is seen without reload. */
const POLL_MS = 3_000;
const TAKEDOWN_POLL_MS = 500;
const CHANGES_A_PAGE = 10;

/** Which record a page is about. */
export interface Place {
  appId: string;
  awemeId: string;
}

const inApp = (appId: string) => ({ params: { path: { app_id: appId, surface: SURFACE } } });
const at = ({ appId, awemeId }: Place) => ({ app_id: appId, surface: SURFACE, aweme_id: awemeId });
const ofRecord = (place: Place) => ({ params: { path: at(place) } });

/** The change of a record that waits for a reviewer. */
export const inReview = (record: LandingRecord): Change | null =>
  record.available_actions.includes("withdraw") ? record.latest_change : null;

const sent = (body: Body) => body as Schemas["ChangeIn"];

const isWaiting = (record: LandingRecord): boolean => inReview(record) !== null;

export function useRecords(appId: string) {
  return usePaged(
    ["landing", appId, "records"],
    (cursor) =>
      data(
        api.GET("/api/v1/mini-programs/{app_id}/surfaces/{surface}/records", {
          params: { path: { app_id: appId, surface: SURFACE }, query: { cursor } },
        }),
      ),
    { refetchInterval: (answer) => (answer?.items.some(isWaiting) ? POLL_MS : false) },
  );
}

export function useRecord(place: Place) {
  return useQuery({
    queryKey: ["landing", place.appId, "record", place.awemeId],
    queryFn: () => data(api.GET(RECORD, ofRecord(place))),
    refetchInterval: ({ state }) => (state.data && isWaiting(state.data) ? POLL_MS : false),
  });
}

/** Whether the capability is granted, without which nothing can be submitted. */
export function useCapability(appId: string) {
  return useQuery({
    queryKey: ["landing", appId, "capability"],
    queryFn: () =>
      data(api.GET("/api/v1/mini-programs/{app_id}/surfaces/{surface}/capability", inApp(appId))),
  });
}

/** The mini program, with the pages of its published version. */
export function useProgram(appId: string) {
  return useQuery({
    queryKey: ["landing", appId, "program"],
    queryFn: () => data(api.GET("/api/v1/mini-programs/{app_id}", { params: { path: { app_id: appId } } })),
  });
}

/** How long the title of an entry may be. */
export function useTitleLength() {
  return useQuery({
    queryKey: ["surfaces"],
    queryFn: () => data(api.GET("/api/v1/surfaces")),
    select: (surfaces) => surfaces.find(({ key }) => key === SURFACE)?.title_length,
    staleTime: Infinity,
  });
}

/** All share links of a mini program: each was named by hand, so they are few. */
export function useShareLinks(appId: string) {
  return useQuery({
    queryKey: ["landing", appId, "share-links"],
    queryFn: async () => {
      const links: ShareLink[] = [];
      let cursor: string | undefined;
      do {
        const page = await data(
          api.GET("/api/v1/mini-programs/{app_id}/share-links", {
            params: { path: { app_id: appId }, query: { cursor, limit: 100 } },
          }),
        );
        links.push(...page.items);
        cursor = page.next_cursor ?? undefined;
      } while (cursor);
      return links;
    },
  });
}

const checksOf = (place: Place, body: Body) =>
  queryOptions({
    queryKey: ["landing", place.appId, "checks", place.awemeId, body],
    queryFn: () => data(api.POST(`${RECORD}/checks`, { ...ofRecord(place), body: sent(body) })),
    gcTime: 60_000,
  });

/** What submitting `body` would be refused for, and what it would withdraw. */
export function useChecks(place: Place, body: Body) {
  return useQuery(checksOf(place, body));
}

/** The same, asked for now, right before submitting. */
export function useCheckNow(place: Place): (body: Body) => Promise<Checks> {
  const client = useQueryClient();
  return (body) => client.query({ ...checksOf(place, body), staleTime: 0 });
}

export function useSubmit(place: Place, onDone: (change: Change) => void) {
  return useAct(
    (body: Body, attempt) => data(api.POST(`${RECORD}/changes`, { ...ofRecord(place), body: sent(body), ...attempt })),
    { onDone },
  );
}

export function useWithdraw(place: Place, onDone: () => void) {
  return useAct(
    (changeId: string, attempt) =>
      data(
        api.POST(`${RECORD}/changes/{change_id}/withdraw`, {
          params: { path: { ...at(place), change_id: changeId } },
          ...attempt,
        }),
      ),
    { onDone },
  );
}

export function useRemove(place: Place, onDone: (removed: Removed) => void) {
  return useAct(
    (_, attempt) => data(api.DELETE(`${RECORD}/live`, { ...ofRecord(place), ...attempt })),
    { onDone },
  );
}

/** Whether an entry that was taken away is gone from all nodes, asked until it is. */
export function useTakedown(place: Place, takedown: Takedown | null) {
  const query = useQuery({
    queryKey: ["landing", place.appId, "takedown", takedown?.id],
    queryFn: () =>
      data(
        api.GET(`${RECORD}/takedowns/{takedown_id}`, {
          params: { path: { ...at(place), takedown_id: takedown?.id ?? "" } },
        }),
      ),
    enabled: takedown !== null,
    refetchInterval: ({ state }) => (state.data?.effective_at ? false : TAKEDOWN_POLL_MS),
  });
  return query.data ?? takedown;
}

const changesOf = (place: Place, cursor: string | undefined, limit: number) =>
  data(
    api.GET(`${RECORD}/changes`, { params: { path: at(place), query: { cursor, limit } } }),
  );

/** Every change, newest first; with the one before the last of the page, to compare that with. */
export function useHistory(place: Place) {
  const key = ["landing", place.appId, "history", place.awemeId];
  const changes = usePaged(key, (cursor) => changesOf(place, cursor, CHANGES_A_PAGE), {
    refetchInterval: (answer) =>
      answer?.items.some(({ status }) => status === "in_review") ? POLL_MS : false,
  });
  const following = changes.answer?.next_cursor ?? undefined;
  const before = useQuery({
    queryKey: [...key, "before", following],
    queryFn: () => changesOf(place, following, 1),
    enabled: following !== undefined,
  });
  const earlier = following ? before.data?.items : [];
  return { changes, earlier };
}

export function useWhy(place: Place) {
  return useQuery({
    queryKey: ["landing", place.appId, "why", place.awemeId],
    queryFn: () => data(api.GET(`${RECORD}/why`, ofRecord(place))),
    refetchInterval: POLL_MS,
  });
}

export function useRemind(place: Place) {
  return useAct((_, attempt) =>
    data(api.POST(`${RECORD}/reminders`, { ...ofRecord(place), ...attempt })),
  );
}
