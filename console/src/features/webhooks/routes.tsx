import type { RouteObject } from "react-router";

export const pages: RouteObject[] = [{ path: "webhook", lazy: () => import("./WebhookPage") }];
