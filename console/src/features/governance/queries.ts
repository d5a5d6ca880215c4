import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { useAct, type ActOptions } from "@/api/act";
import { api, data, type Schemas } from "@/api/client";
import { usePaged } from "@/api/pages";

export type Found = Schemas["FoundOut"];
export type Deny = Schemas["DenyOut"];
export type Scope = Deny["scope"];
export type Grant = Schemas["OperatorGrantOut"];
export type Clearance = Schemas["ClearanceOut"];
export type Takedown = Schemas["TakedownOut"];
export type Program = Schemas["AppOverviewOut"];
export type OnSurface = Schemas["AppOnSurfaceOut"];
export type Account = Schemas["AccountOverviewOut"];
export type Binding = Schemas["BindingOut"];
export type Outcome = Schemas["RuleOutcomeOut"];
export type Term = Schemas["TermOut"];
export type System = Schemas["SystemOut"];
export type Resolver = Schemas["ResolverOut"];

/** How soon what is not effective yet is asked for again, and how often what moves by itself. */
const PENDING_MS = 200;
const LIVE_MS = 2_000;
const TICK_MS = 1_000;
/** The shortest text that can be looked for. */
export const SHORTEST = 2;

/** Undefined where a filter is not set, so that it does not reach the address of the call. */
const set = (value: string) => value || undefined;

export const findOptions = (q: string) =>
  queryOptions({
    queryKey: ["find", q],
    queryFn: () => data(api.GET("/api/v1/operator/find", { params: { query: { q } } })),
    select: (found) => found.items,
  });

/** Anything by its id, how that begins, or how its name begins. */
export function useFind(q: string) {
  return useQuery({ ...findOptions(q), enabled: q.length >= SHORTEST, placeholderData: keepPreviousData });
}

/** The names of the places where entries appear. */
export function useSurfaceNames(): (key: string) => string {
  const surfaces = useQuery({
    queryKey: ["surfaces"],
    queryFn: () => data(api.GET("/api/v1/surfaces")),
    staleTime: 600_000,
  });
  return (key) => surfaces.data?.find((each) => each.key === key)?.name ?? key;
}

/** Asked for quickly while a deny is not effective everywhere, else now and then: others act too. */
const pace = (denies: Deny[] | undefined) =>
  denies?.some((deny) => deny.effective_at === null) ? PENDING_MS : LIVE_MS;

export function useProgram(appId: string) {
  return useQuery<Program>({
    queryKey: ["operator", "mini-program", appId],
    queryFn: () =>
      data(api.GET("/api/v1/operator/mini-programs/{app_id}", { params: { path: { app_id: appId } } })),
    refetchInterval: (query) => pace(query.state.data?.denies),
  });
}

export function useAccount(awemeId: string) {
  return useQuery<Account>({
    queryKey: ["operator", "account", awemeId],
    queryFn: () =>
      data(api.GET("/api/v1/operator/accounts/{aweme_id}", { params: { path: { aweme_id: awemeId } } })),
    refetchInterval: (query) => pace(query.state.data?.denies),
  });
}

export function useVerdict(awemeId: string) {
  return useQuery({
    queryKey: ["operator", "verdict", awemeId],
    queryFn: () =>
      data(
        api.GET("/api/v1/operator/accounts/{aweme_id}/verdict", { params: { path: { aweme_id: awemeId } } }),
      ),
  });
}

/** Why an account shows what it shows; as one mini program sees it where `appId` is given. */
export function useWhy(awemeId: string, surface: string, appId: string) {
  return useQuery({
    queryKey: ["operator", "why", awemeId, surface, appId],
    queryFn: () =>
      data(
        api.GET("/api/v1/operator/accounts/{aweme_id}/surfaces/{surface}/why", {
          params: { path: { aweme_id: awemeId, surface }, query: { app_id: set(appId) } },
        }),
      ),
    refetchInterval: LIVE_MS,
  });
}

/** How many live entries an act on a target would hide. */
export function useImpact(scope: Scope, target: string, isOn: boolean) {
  return useQuery({
    queryKey: ["operator", "impact", scope, target],
    queryFn: () => data(api.GET("/api/v1/operator/impact", { params: { query: { scope, target } } })),
    enabled: isOn,
    staleTime: 0,
  });
}

export interface GrantFilters {
  status: string;
  flagged: string;
  app_id: string;
  entity_id: string;
}

export function useGrants({ status, flagged, app_id, entity_id }: GrantFilters) {
  return usePaged<Grant>(["operator", "grants", status, flagged, app_id, entity_id], (cursor) =>
    data(
      api.GET("/api/v1/operator/grants", {
        params: {
          query: {
            cursor,
            status: set(status) as Grant["status"] | undefined,
            is_flagged: flagged ? flagged === "yes" : undefined,
            app_id: set(app_id),
            entity_id: set(entity_id),
          },
        },
      }),
    ),
  );
}

export interface DenyFilters {
  status: string;
  scope: string;
  target: string;
}

export function useDenies({ status, scope, target }: DenyFilters) {
  return usePaged<Deny>(
    ["operator", "denies", status, scope, target],
    (cursor) =>
      data(
        api.GET("/api/v1/operator/denies", {
          params: {
            query: {
              cursor,
              status: set(status) as Deny["status"] | undefined,
              scope: set(scope) as Scope | undefined,
              target: set(target),
            },
          },
        }),
      ),
    { refetchInterval: (answer) => pace(answer?.items) },
  );
}

export function useDeny(options: ActOptions<Deny>) {
  return useAct(
    (body: { scope: Scope; target: string; reason: string }, attempt) =>
      data(api.POST("/api/v1/operator/denies", { body, ...attempt })),
    options,
  );
}

/** Lift the deny of an account; propose to lift a wider one. */
export function useLift(id: string, options: ActOptions<Deny>) {
  return useAct(
    (body: { reason: string }, attempt) =>
      data(
        api.POST("/api/v1/operator/denies/{deny_id}/lift", {
          params: { path: { deny_id: id } },
          body,
          ...attempt,
        }),
      ),
    options,
  );
}

/** Another operator's answer to a proposal to lift, or the proposer's own second thought. */
export function useAnswerLift(id: string, answer: "confirm-lift" | "cancel-lift", options: ActOptions<Deny>) {
  return useAct(
    (_: { reason: string }, attempt) =>
      data(
        api.POST(`/api/v1/operator/denies/{deny_id}/${answer}`, {
          params: { path: { deny_id: id } },
          ...attempt,
        }),
      ),
    options,
  );
}

interface Place {
  app_id: string;
  surface: string;
}

export function useRevoke(place: Place, options: ActOptions<Schemas["RevokedGrantOut"]>) {
  return useAct(
    (body: { reason: string }, attempt) =>
      data(
        api.POST("/api/v1/operator/mini-programs/{app_id}/surfaces/{surface}/capability/revoke", {
          params: { path: place },
          body,
          ...attempt,
        }),
      ),
    options,
  );
}

export function useRestore(place: Place, options: ActOptions<Grant>) {
  return useAct(
    (body: { reason: string }, attempt) =>
      data(
        api.POST("/api/v1/operator/mini-programs/{app_id}/surfaces/{surface}/capability/restore", {
          params: { path: place },
          body,
          ...attempt,
        }),
      ),
    options,
  );
}

/** The bindings of a mini program on a surface, newest first. */
export function useBindings(place: Place) {
  return usePaged<Binding>(["operator", "bindings", place.app_id, place.surface], (cursor) =>
    data(
      api.GET("/api/v1/operator/mini-programs/{app_id}/surfaces/{surface}/bindings", {
        params: { path: place, query: { cursor } },
      }),
    ),
  );
}

interface NewLimit {
  quota: number;
  reason: string;
}

export function useSetLimit(place: Place, limit: "brand" | "employee" | "unbinds", options: ActOptions<unknown>) {
  return useAct<NewLimit>(
    (body, attempt) =>
      limit === "unbinds"
        ? data(
            api.PUT("/api/v1/operator/mini-programs/{app_id}/surfaces/{surface}/unbind-limit", {
              params: { path: place },
              body,
              ...attempt,
            }),
          )
        : data(
            api.PUT("/api/v1/operator/mini-programs/{app_id}/surfaces/{surface}/quotas/{kind}", {
              params: { path: { ...place, kind: limit } },
              body,
              ...attempt,
            }),
          ),
    options,
  );
}

export function useClearances(filters: { app_id: string; aweme_id: string }) {
  return usePaged<Clearance>(["operator", "clearances", filters.app_id, filters.aweme_id], (cursor) =>
    data(
      api.GET("/api/v1/operator/clearances", {
        params: { query: { cursor, app_id: set(filters.app_id), aweme_id: set(filters.aweme_id) } },
      }),
    ),
  );
}

export function useClear(options: ActOptions<Clearance>) {
  return useAct(
    (body: { aweme_id: string; app_id: string; reason: string }, attempt) =>
      data(api.POST("/api/v1/operator/clearances", { body, ...attempt })),
    options,
  );
}

export function useRevokeClearance(id: string, options: ActOptions<unknown>) {
  return useAct(
    (_: { reason: string }, attempt) =>
      data(
        api.DELETE("/api/v1/operator/clearances/{clearance_id}", {
          params: { path: { clearance_id: id } },
          ...attempt,
        }),
      ),
    options,
  );
}

export function useTakedowns(isOpen: boolean) {
  return usePaged<Takedown>(
    ["operator", "takedowns", isOpen],
    (cursor) =>
      data(api.GET("/api/v1/operator/takedowns", { params: { query: { cursor, is_open: isOpen } } })),
    { refetchInterval: TICK_MS },
  );
}

/** One takedown, followed until it is effective everywhere. */
export function useTakedown(id: string) {
  return useQuery<Takedown>({
    queryKey: ["operator", "takedown", id],
    queryFn: () =>
      data(
        api.GET("/api/v1/operator/takedowns/{takedown_id}", { params: { path: { takedown_id: id } } }),
      ),
    enabled: id !== "",
    refetchInterval: (query) => (query.state.data?.effective_at ? false : PENDING_MS),
  });
}

export function useSystem() {
  return useQuery({
    queryKey: ["operator", "system"],
    queryFn: () => data(api.GET("/api/v1/operator/system")),
    refetchInterval: TICK_MS,
  });
}

export function useResolvers() {
  return usePaged<Resolver>(
    ["operator", "resolvers"],
    (cursor) => data(api.GET("/api/v1/operator/resolvers", { params: { query: { cursor } } })),
    { refetchInterval: TICK_MS },
  );
}
