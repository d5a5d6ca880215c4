import { day } from "@/ui/moment";

/** Whether a due date, a day in Shanghai, is past, is today, or is still to come. */
export function dueAt(now: Date, due_on: string): "overdue" | "today" | "later" {
  const today = day(now);
  if (today > due_on) return "overdue";
  return today === due_on ? "today" : "later";
}
