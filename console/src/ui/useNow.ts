import { useEffect, useState } from "react";

/** The time, told again every second while `isTicking`: for countdowns. */
export function useNow(isTicking = true): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    if (!isTicking) return;
    const timer = setInterval(() => setNow(new Date()), 1000);
    return () => clearInterval(timer);
  }, [isTicking]);
  return now;
}
