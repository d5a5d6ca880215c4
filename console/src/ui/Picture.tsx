/** An icon or portrait; where there is none, the first letter of the name. The name stands beside it. */
export function Picture({
  name,
  url,
  isRound = false,
  size = 32,
}: {
  name: string;
  url: string;
  /** Round for people and accounts, square for mini programs. */
  isRound?: boolean;
  size?: number;
}) {
  const style = { width: size, height: size, fontSize: size / 2 };
  const shape = isRound ? "picture round" : "picture";
  return url ? (
    <img src={url} alt="" className={shape} style={style} />
  ) : (
    <span className={shape} style={style} aria-hidden>
      {Array.from(name)[0]}
    </span>
  );
}
