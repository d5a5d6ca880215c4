import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useAct } from "@/api/act";
import { api, data, type Schemas } from "@/api/client";
import { usePaged } from "@/api/pages";

export type Policy = Schemas["PolicyOut"];
export type Draft = Schemas["DraftOut"];
export type DryRun = Schemas["DryRunOut"];
export type Report = Schemas["ReportOut"];
export type Run = Schemas["RunOut"];
export type Alarm = Schemas["AlarmOut"];
export type CalendarYear = Schemas["CalendarOut"];
type DraftIn = Schemas["DraftIn"];

/** What was found, where anything was: the API answers an empty object for nothing yet. */
export function filled<T extends object>(found: T | Schemas["EmptyOut"]): T | null {
  return Object.keys(found).length > 0 ? (found as T) : null;
}

const SOON_MS = 1_000;
const WATCH_MS = 3_000;
const LOOK_MS = 15_000;

export function usePolicies() {
  return usePaged<Policy>(["policies"], (cursor) =>
    data(api.GET("/api/v1/operator/policies", { params: { query: { cursor } } })),
  );
}

/** The policy in force, and those before and after it: enough for names of rules and new drafts. */
export function useKnownPolicies() {
  return useQuery({
    queryKey: ["policies", "known"],
    queryFn: () => data(api.GET("/api/v1/operator/policies", { params: { query: { limit: 100 } } })),
    select: (page) => page.items,
    staleTime: 60_000,
  });
}

export function usePolicy(version: number) {
  return useQuery({
    queryKey: ["policies", version],
    queryFn: () =>
      data(api.GET("/api/v1/operator/policies/{version}", { params: { path: { version } } })),
  });
}

export function useDrafts(status: Draft["status"] | "") {
  return usePaged<Draft>(["drafts", status], (cursor) =>
    data(
      api.GET("/api/v1/operator/policy-drafts", {
        params: { query: { cursor, status: status || undefined } },
      }),
    ),
  );
}

const draftKey = (id: string) => ["drafts", "one", id];

export function useDraftOf(id: string) {
  return useQuery({
    queryKey: draftKey(id),
    queryFn: () =>
      data(api.GET("/api/v1/operator/policy-drafts/{draft_id}", { params: { path: { draft_id: id } } })),
    refetchInterval: LOOK_MS,
  });
}

export function useCreateDraft(onDone: (draft: Draft) => void) {
  return useAct(
    (body: DraftIn, attempt) => data(api.POST("/api/v1/operator/policy-drafts", { body, ...attempt })),
    { onDone },
  );
}

export function useEditDraft(id: string, onDone: () => void) {
  const client = useQueryClient();
  return useAct(
    (body: DraftIn & { revision: number }, attempt) =>
      data(
        api.PUT("/api/v1/operator/policy-drafts/{draft_id}", {
          params: { path: { draft_id: id } },
          body,
          ...attempt,
        }),
      ),
    {
      onDone: (draft) => {
        client.setQueryData(draftKey(id), draft);
        onDone();
      },
    },
  );
}

export function useDiscardDraft(id: string, onDone: () => void) {
  return useAct(
    (_: { reason: string }, attempt) =>
      data(
        api.DELETE("/api/v1/operator/policy-drafts/{draft_id}", {
          params: { path: { draft_id: id } },
          ...attempt,
        }),
      ),
    { onDone },
  );
}

export const isUnderWay = (dryRun: DryRun | undefined): boolean =>
  dryRun?.status === "waiting" || dryRun?.status === "running";

/** The last dry runs of a draft, told again every second while one is under way. */
export function useDryRuns(id: string) {
  return useQuery({
    queryKey: ["drafts", "one", id, "dry-runs"],
    queryFn: () =>
      data(
        api.GET("/api/v1/operator/policy-drafts/{draft_id}/dry-runs", {
          params: { path: { draft_id: id }, query: { limit: 10 } },
        }),
      ),
    select: (page) => page.items,
    refetchInterval: (query) => (isUnderWay(query.state.data?.items[0]) ? SOON_MS : false),
  });
}

export function useRequestDryRun(id: string) {
  return useAct((_: null, attempt) =>
    data(
      api.POST("/api/v1/operator/policy-drafts/{draft_id}/dry-runs", {
        params: { path: { draft_id: id } },
        ...attempt,
      }),
    ),
  );
}

export function useSchedule(id: string, onDone: () => void) {
  return useAct(
    (body: Schemas["ScheduleIn"], attempt) =>
      data(
        api.POST("/api/v1/operator/policy-drafts/{draft_id}/schedule", {
          params: { path: { draft_id: id } },
          body,
          ...attempt,
        }),
      ),
    { onDone },
  );
}

export function useRuns(kind: Run["kind"] | "", status: Run["status"] | "") {
  return usePaged<Run>(
    ["runs", kind, status],
    (cursor) =>
      data(
        api.GET("/api/v1/operator/runs", {
          params: { query: { cursor, kind: kind || undefined, status: status || undefined } },
        }),
      ),
    { refetchInterval: LOOK_MS },
  );
}

/** The last applied feeds, newest first: what the charts by day are drawn from. */
export function useAppliedFeeds() {
  return useQuery({
    queryKey: ["runs", "applied-feeds"],
    queryFn: () =>
      data(
        api.GET("/api/v1/operator/runs", {
          params: { query: { kind: "feed", status: "applied", limit: 60 } },
        }),
      ),
    select: (page) => page.items,
    refetchInterval: LOOK_MS,
  });
}

const UNDER_WAY: Run["status"][] = ["evaluating", "held", "applying"];

export function useRun(id: string) {
  return useQuery({
    queryKey: ["runs", "one", id],
    queryFn: () => data(api.GET("/api/v1/operator/runs/{run_id}", { params: { path: { run_id: id } } })),
    refetchInterval: (query) => {
      const status = query.state.data?.status;
      if (status === "applying") return SOON_MS;
      return status && UNDER_WAY.includes(status) ? WATCH_MS : false;
    },
  });
}

const ofRun = (id: string) => ({ params: { path: { run_id: id } } });

export function usePropose(id: string, decision: "release" | "reject", onDone: () => void) {
  return useAct(
    ({ reason }: { reason: string }, attempt) =>
      data(
        api.POST("/api/v1/operator/runs/{run_id}/propose", {
          ...ofRun(id),
          body: { decision, reason },
          ...attempt,
        }),
      ),
    { onDone },
  );
}

export function useConfirm(id: string, onDone: () => void) {
  return useAct(
    (_: { reason: string }, attempt) =>
      data(api.POST("/api/v1/operator/runs/{run_id}/confirm", { ...ofRun(id), ...attempt })),
    { onDone },
  );
}

export function useWithdrawProposal(id: string, onDone: () => void) {
  return useAct(
    (_: { reason: string }, attempt) =>
      data(api.POST("/api/v1/operator/runs/{run_id}/withdraw-proposal", { ...ofRun(id), ...attempt })),
    { onDone },
  );
}

export function useAlarms(status: "open" | "cleared") {
  return usePaged<Alarm>(
    ["alarms", status],
    (cursor) => data(api.GET("/api/v1/operator/alarms", { params: { query: { cursor, status } } })),
    { refetchInterval: LOOK_MS },
  );
}

export function useAcknowledge() {
  return useAct((alarmId: string, attempt) =>
    data(
      api.POST("/api/v1/operator/alarms/{alarm_id}/acknowledge", {
        params: { path: { alarm_id: alarmId } },
        ...attempt,
      }),
    ),
  );
}

export function useCalendar(year: number) {
  return useQuery({
    queryKey: ["calendar", year],
    queryFn: () => data(api.GET("/api/v1/operator/calendar/{year}", { params: { path: { year } } })),
  });
}

export function usePublishCalendar(year: number, onDone: () => void) {
  return useAct(
    (body: Schemas["CalendarIn"], attempt) =>
      data(api.PUT("/api/v1/operator/calendar/{year}", { params: { path: { year } }, body, ...attempt })),
    { onDone },
  );
}
