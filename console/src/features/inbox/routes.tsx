import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [{ path: "inbox", lazy: () => import("./InboxPage") }];
