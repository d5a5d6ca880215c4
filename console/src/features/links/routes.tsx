import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "links", lazy: () => import("./LinksPage") },
  { path: "links/new", lazy: () => import("./NewPage") },
];
