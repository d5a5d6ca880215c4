import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "review", lazy: () => import("./QueuePage") },
  { path: "review/:kind/:id", lazy: () => import("./ItemPage") },
];
