import { lazy, Suspense } from "react";
import { Skeleton } from "./semi";

export interface Series {
  name: string;
  values: (number | null)[];
}

export interface ChartProps {
  /** What the chart shows, in a sentence, for who cannot see it. */
  label: string;
  categories: string[];
  series: Series[];
  kind: "line" | "bar";
  /** Bars on top of each other instead of side by side. */
  isStacked?: boolean;
  /** Bars from left to right, for long names. */
  isHorizontal?: boolean;
  height?: number;
}

const Drawing = lazy(() => import("./ChartDrawing"));

/** A chart; the library that draws it is loaded with the first one. */
export function Chart(props: ChartProps) {
  return (
    <Suspense fallback={<Skeleton active loading placeholder={<Skeleton.Image />} />}>
      <Drawing {...props} />
    </Suspense>
  );
}
