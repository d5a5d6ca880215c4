import { Link } from "react-router";
import { Typography } from "./semi";

/** An id as it stands in logs and in the API, to be copied; `to` leads to its page. */
export function Identifier({ id, to }: { id: string; to?: string | undefined }) {
  return (
    <Typography.Text copyable={{ content: id }} className="identifier">
      {to ? <Link to={to}>{id}</Link> : id}
    </Typography.Text>
  );
}
