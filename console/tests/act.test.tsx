import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { describe, expect, it } from "vitest";
import { useAct } from "@/api/act";
import { Problem, unreachable } from "@/api/problem";

const refused = () => new Problem({ status: 409, code: "wrong_state", title: "", detail: "", errors: [] });

/** Sends what `inputs` say, one after the other; `answers` say how each went. The keys that were sent. */
async function sent(inputs: unknown[], answers: ("ok" | "lost" | "refused")[]): Promise<string[]> {
  const keys: string[] = [];
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const { result } = renderHook(
    () =>
      useAct<unknown, string>((_, attempt) => {
        keys.push(attempt.headers["Idempotency-Key"]);
        const answer = answers[keys.length - 1];
        if (answer === "lost") return Promise.reject(unreachable());
        return answer === "ok" ? Promise.resolve("done") : Promise.reject(refused());
      }),
    { wrapper },
  );
  for (const [index, input] of inputs.entries()) {
    act(() => result.current.mutate(input));
    await waitFor(() => {
      expect(keys).toHaveLength(index + 1);
      expect(result.current.isPending).toBe(false);
    });
  }
  return keys;
}

describe("a write", () => {
  it("carries the same key when it is sent again because no answer came", async () => {
    const [first, second, third] = await sent([{ a: 1 }, { a: 1 }, { a: 1 }], ["lost", "lost", "ok"]);
    expect([second, third]).toEqual([first, first]);
  });

  it("is another one once it was done, refused, or says something else", async () => {
    const done = await sent([{ a: 1 }, { a: 1 }], ["ok", "ok"]);
    const denied = await sent([{ a: 1 }, { a: 1 }], ["refused", "ok"]);
    const other = await sent([{ a: 1 }, { a: 2 }], ["lost", "ok"]);
    for (const keys of [done, denied, other]) expect(new Set(keys).size).toBe(2);
  });

  it("tells a refusal as the server told it", async () => {
    const client = new QueryClient();
    const { result } = renderHook(() => useAct(() => Promise.reject(refused())), {
      wrapper: ({ children }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>,
    });
    act(() => result.current.mutate());
    await waitFor(() => expect(result.current.error?.code).toBe("wrong_state"));
  });

  it("is one, and is done once, however fast it is clicked", async () => {
    const client = new QueryClient();
    const keys: string[] = [];
    const done: string[] = [];
    const { result } = renderHook(
      () =>
        useAct(
          (_: string, attempt) => {
            keys.push(attempt.headers["Idempotency-Key"]);
            return Promise.resolve("done");
          },
          { onDone: (answer) => done.push(answer) },
        ),
      { wrapper: ({ children }) => <QueryClientProvider client={client}>{children}</QueryClientProvider> },
    );
    act(() => {
      result.current.mutate("a");
      result.current.mutate("a");
    });
    await waitFor(() => expect(result.current.isSuccess).toBe(true));
    expect(keys).toHaveLength(1);
    expect(done).toEqual(["done"]);
  });
});
