import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use as register } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import type { ChartProps } from "./Chart";
import { useIsDark } from "./theme";

register([
  AriaComponent,
  BarChart,
  GridComponent,
  LegendComponent,
  LineChart,
  SVGRenderer,
  TooltipComponent,
]);

const COLOURS = ["#0064fa", "#e36209", "#12a150", "#9a5bd6", "#c7254e", "#7a828c"];

export default function ChartDrawing(props: ChartProps) {
  const { label, categories, series, kind, isStacked = false, isHorizontal = false, height = 260 } = props;
  const place = useRef<HTMLDivElement>(null);
  const isDark = useIsDark();
  useEffect(() => {
    if (!place.current) return;
    const text = isDark ? "#c6cacd" : "#41464c";
    const line = isDark ? "#41464c" : "#dfe3e8";
    const chart = init(place.current, null, { renderer: "svg" });
    const names = {
      type: "category" as const,
      data: categories,
      axisLabel: { color: text },
      axisLine: { lineStyle: { color: line } },
    };
    const amounts = {
      type: "value" as const,
      minInterval: 1,
      axisLabel: { color: text },
      splitLine: { lineStyle: { color: line } },
    };
    chart.setOption({
      animation: false,
      color: COLOURS,
      textStyle: { color: text },
      aria: { enabled: true, label: { description: label } },
      grid: { left: 8, right: 16, top: 36, bottom: 8, containLabel: true },
      legend: { top: 0, textStyle: { color: text } },
      // Text, not HTML: the content security policy takes no inline styles.
      tooltip: { trigger: "axis", renderMode: "richText" },
      xAxis: isHorizontal ? amounts : names,
      yAxis: isHorizontal ? { ...names, inverse: true } : amounts,
      series: series.map(({ name, values }) => ({
        name,
        type: kind,
        data: values,
        ...(isStacked && { stack: "all" }),
        ...(kind === "bar" && { barMaxWidth: 28 }),
      })),
    });
    const follow = new ResizeObserver(() => chart.resize());
    follow.observe(place.current);
    return () => {
      follow.disconnect();
      chart.dispose();
    };
  }, [label, categories, series, kind, isStacked, isHorizontal, isDark]);
  return <div ref={place} className="chart" style={{ height }} />;
}
