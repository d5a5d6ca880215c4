import { useAct } from "@/api/act";
import { useAppId } from "@/api/app";
import { api, data, type Schemas } from "@/api/client";
import { usePaged } from "@/api/pages";

export type ShareLink = Schemas["ShareLinkOut"];

export function useShareLinks() {
  const app_id = useAppId();
  return usePaged<ShareLink>(["share-links", app_id], (cursor) =>
    data(
      api.GET("/api/v1/mini-programs/{app_id}/share-links", {
        params: { path: { app_id }, query: { cursor } },
      }),
    ),
  );
}

export function useCreate(onDone: (link: ShareLink) => void) {
  const app_id = useAppId();
  return useAct(
    (body: Schemas["ShareLinkIn"], attempt) =>
      data(
        api.POST("/api/v1/mini-programs/{app_id}/share-links", {
          params: { path: { app_id } },
          body,
          ...attempt,
        }),
      ),
    { onDone },
  );
}

export function useRemove(link_id: string, onDone: () => void) {
  const app_id = useAppId();
  return useAct(
    (_: unknown, attempt) =>
      data(
        api.DELETE("/api/v1/mini-programs/{app_id}/share-links/{link_id}", {
          params: { path: { app_id, link_id } },
          ...attempt,
        }),
      ),
    { onDone },
  );
}
