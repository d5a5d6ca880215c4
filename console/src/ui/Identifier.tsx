import { Typography } from "./semi";

/** An id as it stands in logs and in the API, to be copied. */
export function Identifier({ id }: { id: string }) {
  return (
    <Typography.Text copyable={{ content: id }} className="identifier">
      {id}
    </Typography.Text>
  );
}
