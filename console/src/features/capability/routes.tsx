import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "mount", lazy: () => import("./MountPage") },
  { path: "mount/submitted", lazy: () => import("./SubmittedPage") },
];
