import type { ReactNode } from "react";
import { Tag } from "./semi";

/** A small label that is not a status: a kind, a count, a name. */
export function Label({ children }: { children: ReactNode }) {
  return <Tag color="white">{children}</Tag>;
}
