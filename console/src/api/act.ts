import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { useRef } from "react";
import { newKey } from "./keys";
import { asProblem, type Problem } from "./problem";

/** What goes with a write: `headers` must be passed to the call. */
export interface Attempt {
  headers: { "Idempotency-Key": string };
}

export interface ActOptions<Out> {
  /** Called with the answer, after what is shown was asked for anew. */
  onDone?: (done: Out) => void;
}

/**
 * A write. While no answer came, sending the same again carries the same key, so that a lost answer,
 * a double click or a second try has one effect. Whatever came of it, everything that is shown is
 * asked for anew: a refusal often means that somebody else was faster.
 */
export function useAct<In = void, Out = unknown>(
  write: (input: In, attempt: Attempt) => Promise<Out>,
  { onDone }: ActOptions<Out> = {},
): UseMutationResult<Out, Problem, In> {
  const client = useQueryClient();
  const sent = useRef<{ input: string; key: string; answer: Promise<Out> | null } | null>(null);
  return useMutation<Out, Problem, In>({
    networkMode: "always",
    mutationFn: (input) => {
      const written = (JSON.stringify(input) as string | undefined) ?? "";
      if (sent.current?.input !== written) sent.current = { input: written, key: newKey(), answer: null };
      const { current } = sent;
      // A double click waits for the answer to its first half, and does nothing of its own.
      current.answer ??= write(input, { headers: { "Idempotency-Key": current.key } }).then(
        (done) => {
          sent.current = null;
          onDone?.(done);
          return done;
        },
        (error: unknown) => {
          const problem = asProblem(error);
          if (problem.status === 0) current.answer = null;
          else sent.current = null;
          throw problem;
        },
      );
      return current.answer;
    },
    onSettled: () => client.invalidateQueries(),
  });
}
