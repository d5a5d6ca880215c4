/** The method of a call; what changes something stands out. */
export function Method({ method }: { method: string }) {
  return <span className={method === "GET" ? "method" : "method changes-something"}>{method}</span>;
}
