import type { RouteObject } from "react-router";

/** 个人页挂载管理, inside a mini program's frame. */
export const routes: RouteObject[] = [
  { path: "pages", lazy: () => import("./RecordsPage") },
  { path: "pages/:awemeId", lazy: () => import("./ChangePage") },
  { path: "pages/:awemeId/why", lazy: () => import("./WhyPage") },
];
