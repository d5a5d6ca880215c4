import { useQuery } from "@tanstack/react-query";
import { useAct } from "@/api/act";
import { api, data, type Schemas } from "@/api/client";
import { usePaged } from "@/api/pages";

export type Message = Schemas["MessageOut"];
export type Folder = "all" | "unread" | "read";

const POLL_MS = 30_000;

export function useMessages(folder: Folder, kind: string) {
  return usePaged<Message, Schemas["InboxOut"]>(
    ["inbox", folder, kind],
    (cursor) =>
      data(api.GET("/api/v1/inbox", { params: { query: { cursor, folder, kind: kind || undefined } } })),
    { refetchInterval: POLL_MS },
  );
}

/** How many messages are unread, told again while the page is looked at. */
export function useUnreadCount() {
  return useQuery({
    queryKey: ["inbox", "unread-count"],
    queryFn: () => data(api.GET("/api/v1/inbox", { params: { query: { limit: 1, folder: "unread" } } })),
    select: (inbox) => inbox.unread_count,
    refetchInterval: POLL_MS,
  });
}

/** Mark messages as read or unread; all of them where no ids are named. */
export function useMark() {
  return useAct((input: { ids: string[] | null; is_read: boolean }, attempt) =>
    data(api.POST("/api/v1/inbox/mark", { body: input, ...attempt })),
  );
}
