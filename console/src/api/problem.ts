/** A refusal as the server tells it (RFC 9457): `code` is stable, the texts are in the reader's language. */
export interface ProblemBody {
  status: number;
  code: string;
  title: string;
  detail: string;
  errors: { code: string; detail: string; at: string }[];
  [extra: string]: unknown;
}

/** Why a call did not do what it should. `status` 0: no answer came at all. */
export class Problem extends Error {
  readonly body: ProblemBody;
  readonly requestId: string;

  constructor(body: ProblemBody, requestId = "") {
    super(body.title);
    this.name = "Problem";
    this.body = body;
    this.requestId = requestId;
  }

  get status(): number {
    return this.body.status;
  }

  get code(): string {
    return this.body.code;
  }

  /** The reason that concerns the field `name`, if the server gave one. */
  at(name: string): string | undefined {
    return this.body.errors.find((error) => error.at.split(".").at(-1) === name)?.detail;
  }
}

const bare = (status: number, code: string): ProblemBody => ({
  status,
  code,
  title: "",
  detail: "",
  errors: [],
});

/** What every failed call becomes. An answer that is not a problem is one of a proxy in between. */
export async function problemOf(response: Response): Promise<Problem> {
  const requestId = response.headers.get("X-Request-Id") ?? "";
  const isProblem = response.headers.get("Content-Type")?.includes("json") ?? false;
  const body = isProblem ? ((await response.json()) as Partial<ProblemBody>) : {};
  return new Problem({ ...bare(response.status, "unexpected_answer"), ...body }, requestId);
}

/** No answer: the network, or the server, is not there. */
export function unreachable(): Problem {
  return new Problem(bare(0, "unreachable"));
}

/** `error` as a problem: whatever else was thrown is a fault of the page itself. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(bare(0, "page_failed"));
}
