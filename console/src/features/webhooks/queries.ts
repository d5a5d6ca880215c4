import { useQuery } from "@tanstack/react-query";
import { useAct, type ActOptions } from "@/api/act";
import { useAppId } from "@/api/app";
import { api, data, type Schemas } from "@/api/client";
import { usePaged } from "@/api/pages";

export type Webhook = Schemas["WebhookOut"];
export type Delivery = Schemas["DeliveryOut"];
export type DeliveryDetail = Schemas["DeliveryDetailOut"];
export type Mail = Schemas["MailOut"];

/** The event that the test button sends. */
export const TEST = "TEST";
const EVENTS = [
  "APPLY_CAPACITY",
  "BIND_AWEME_USER",
  "PROFILE_MOUNT_AUDIT",
  "PROFILE_MOUNT_VISIBILITY",
  TEST,
] as const satisfies Delivery["event"][];
export const STATUSES = ["waiting", "delivered", "dead"] as const satisfies Delivery["status"][];

/** How soon what is moving is asked for again, and how often what may begin to move by itself. */
const MOVING_MS = 2_000;
const CALM_MS = 15_000;

/** The mini program's webhook, followed closely while its address is being verified. */
export function useWebhook() {
  const app_id = useAppId();
  return useQuery({
    queryKey: ["webhook", app_id],
    queryFn: () => data(api.GET("/api/v1/mini-programs/{app_id}/webhook", { params: { path: { app_id } } })),
    refetchInterval: ({ state: { data } }) =>
      data?.status === "verifying" || (data?.waiting ?? 0) > 0 ? MOVING_MS : CALM_MS,
  });
}

export function useSetWebhook(onDone: () => void) {
  const app_id = useAppId();
  return useAct(
    (body: { url: string; events: string[] }, attempt) =>
      data(
        api.PUT("/api/v1/mini-programs/{app_id}/webhook", { params: { path: { app_id } }, body, ...attempt }),
      ),
    { onDone },
  );
}

export function useRemoveWebhook(onDone: () => void) {
  const app_id = useAppId();
  return useAct<{ reason: string }>(
    (_, attempt) =>
      data(api.DELETE("/api/v1/mini-programs/{app_id}/webhook", { params: { path: { app_id } }, ...attempt })),
    { onDone },
  );
}

export type Verb = "verify" | "test" | "disable" | "enable";

export function useWebhookAct(verb: Verb, options: ActOptions<Webhook> = {}) {
  const app_id = useAppId();
  return useAct<{ reason: string }, Webhook>(
    (_, attempt) =>
      data(
        api.POST(`/api/v1/mini-programs/{app_id}/webhook/${verb}`, {
          params: { path: { app_id } },
          ...attempt,
        }),
      ),
    options,
  );
}

/** The log of deliveries, newest first; asked for again while some are on their way. */
export function useDeliveries(filters: { event: string; status: string }) {
  const app_id = useAppId();
  return usePaged<Delivery>(
    ["deliveries", app_id, filters],
    (cursor) => readDeliveries(app_id, { cursor, ...filters }),
    {
      refetchInterval: (answer) =>
        answer?.items.some((each) => each.status === "waiting") ? MOVING_MS : CALM_MS,
    },
  );
}

function readDeliveries(
  app_id: string,
  { event, status, cursor }: { event: string; status: string; cursor?: string | undefined },
) {
  const query = {
    cursor,
    event: EVENTS.find((each) => each === event),
    status: STATUSES.find((each) => each === status),
  };
  return data(
    api.GET("/api/v1/mini-programs/{app_id}/webhook/deliveries", { params: { path: { app_id }, query } }),
  );
}

/** The newest test, followed until somebody answered it. */
export function useNewestTest(isFollowed: boolean) {
  const app_id = useAppId();
  return useQuery({
    queryKey: ["deliveries", app_id, "newest test"],
    queryFn: () => readDeliveries(app_id, { event: TEST, status: "" }),
    select: (page) => page.items[0] ?? null,
    refetchInterval: isFollowed ? MOVING_MS / 2 : false,
  });
}

export function useDelivery(id: string) {
  const app_id = useAppId();
  return useQuery({
    queryKey: ["delivery", app_id, id],
    queryFn: () =>
      data(
        api.GET("/api/v1/mini-programs/{app_id}/webhook/deliveries/{delivery_id}", {
          params: { path: { app_id, delivery_id: id } },
        }),
      ),
    refetchInterval: ({ state: { data } }) => (data?.status === "waiting" ? MOVING_MS : false),
  });
}

export function useReplay(delivery_id: string) {
  const app_id = useAppId();
  return useAct((_: undefined, attempt) =>
    data(
      api.POST("/api/v1/mini-programs/{app_id}/webhook/deliveries/{delivery_id}/replay", {
        params: { path: { app_id, delivery_id } },
        ...attempt,
      }),
    ),
  );
}

export function useReplayDead(options: ActOptions<Schemas["ReplayedOut"]>) {
  const app_id = useAppId();
  return useAct<{ reason: string }, Schemas["ReplayedOut"]>(
    (_, attempt) =>
      data(
        api.POST("/api/v1/mini-programs/{app_id}/webhook/replay", {
          params: { path: { app_id } },
          body: { status: "dead" },
          ...attempt,
        }),
      ),
    options,
  );
}

export function useMail() {
  const app_id = useAppId();
  return useQuery({
    queryKey: ["mail", app_id],
    queryFn: () => data(api.GET("/api/v1/mini-programs/{app_id}/mail", { params: { path: { app_id } } })),
  });
}

export function useSetMail(onDone: () => void) {
  const app_id = useAppId();
  return useAct(
    (body: { address: string }, attempt) =>
      data(api.PUT("/api/v1/mini-programs/{app_id}/mail", { params: { path: { app_id } }, body, ...attempt })),
    { onDone },
  );
}

export function useConfirmMail(onDone: () => void) {
  const app_id = useAppId();
  return useAct(
    (body: { code: string }, attempt) =>
      data(
        api.POST("/api/v1/mini-programs/{app_id}/mail/confirm", {
          params: { path: { app_id } },
          body,
          ...attempt,
        }),
      ),
    { onDone },
  );
}

export function useRemoveMail(onDone: () => void) {
  const app_id = useAppId();
  return useAct<{ reason: string }>(
    (_, attempt) =>
      data(api.DELETE("/api/v1/mini-programs/{app_id}/mail", { params: { path: { app_id } }, ...attempt })),
    { onDone },
  );
}
