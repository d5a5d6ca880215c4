import { keepPreviousData, useQuery, type QueryKey } from "@tanstack/react-query";
import { useState } from "react";

interface PageOf<Row> {
  items: Row[];
  next_cursor: string | null;
}

export interface Paged<Row> {
  rows: Row[];
  error: unknown;
  /** Nothing to show yet. */
  isPending: boolean;
  /** What is shown is being asked for anew. */
  isFetching: boolean;
  number: number;
  next: (() => void) | null;
  previous: (() => void) | null;
  retry: () => void;
}

/**
 * A list by cursor, one page at a time: however long the list, one page is held and drawn.
 * A new `key` (other filters) begins at the first page.
 */
export function usePaged<Row, Answer extends PageOf<Row> = PageOf<Row>>(
  key: QueryKey,
  read: (cursor: string | undefined) => Promise<Answer>,
  {
    refetchInterval,
    ...options
  }: {
    /** Milliseconds; or what follows from the answer, false for not again. */
    refetchInterval?: number | ((answer: Answer | undefined) => number | false);
    enabled?: boolean;
  } = {},
): Paged<Answer["items"][number]> & {
  /** The whole answer, where a list says more than its rows. */
  answer: Answer | undefined;
} {
  const list = JSON.stringify(key);
  const [place, setPlace] = useState<{ list: string; cursors: string[] }>({ list, cursors: [] });
  const cursors = place.list === list ? place.cursors : [];
  const cursor = cursors.at(-1);
  const query = useQuery({
    queryKey: [...key, "page", cursor ?? ""],
    queryFn: () => read(cursor),
    placeholderData: keepPreviousData,
    refetchInterval:
      typeof refetchInterval === "function"
        ? (asked) => refetchInterval(asked.state.data)
        : (refetchInterval ?? false),
    ...options,
  });
  const following = query.data?.next_cursor;
  return {
    rows: query.data?.items ?? [],
    answer: query.data,
    error: query.error,
    isPending: query.isPending,
    isFetching: query.isFetching,
    number: cursors.length + 1,
    next: following ? () => setPlace({ list, cursors: [...cursors, following] }) : null,
    previous: cursor ? () => setPlace({ list, cursors: cursors.slice(0, -1) }) : null,
    retry: () => void query.refetch(),
  };
}
