import { BarChart, BoxplotChart, CandlestickChart, FunnelChart, GaugeChart, HeatmapChart, LineChart, PieChart, RadarChart, ScatterChart } from "echarts/charts";
import { AriaComponent, DatasetComponent, DataZoomComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, MarkPointComponent, RadarComponent, TitleComponent, TooltipComponent, TransformComponent, VisualMapComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { LegacyGridContainLabel } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDark } from "@/lib/theme";
import { chartOption, chartTitle } from "./chart";
import { CodeBlock } from "./code";

echarts.use([
  BarChart, BoxplotChart, CandlestickChart, FunnelChart, GaugeChart, HeatmapChart, LineChart, PieChart, RadarChart, ScatterChart,
  AriaComponent, DatasetComponent, DataZoomComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, MarkPointComponent, RadarComponent, TitleComponent, TooltipComponent, TransformComponent, VisualMapComponent,
  LegacyGridContainLabel, SVGRenderer,
]);

/** What a chart begins with: the colours and letters of the page, and room for a title. */
function frame(el: Element) {
  const style = getComputedStyle(el);
  const color = [1, 2, 3, 4, 5, 6].map((n) => style.getPropertyValue(`--chart-${n}`).trim()).filter(Boolean);
  return { backgroundColor: "transparent", animationDuration: 300, color, textStyle: { fontFamily: style.fontFamily }, grid: { top: 76, left: 12, right: 16, bottom: 48, containLabel: true } };
}

/** A chart of a block ```echarts, as Dify's apps write them. */
export default function Chart({ text }: { text: string }) {
  const { t } = useTranslation();
  const dark = useDark();
  const box = useRef<HTMLDivElement>(null);
  const [broken, setBroken] = useState(false);
  const option = chartOption(text);
  const shown = option !== null && !broken;
  useEffect(() => {
    const el = box.current;
    const drawn = chartOption(text);
    if (!el || !drawn) return;
    const chart = echarts.init(el, dark ? "dark" : null, { renderer: "svg" });
    try {
      chart.setOption({ ...frame(el), ...drawn });
    } catch {
      setBroken(true); // JSON, but no chart
    }
    const sizes = new ResizeObserver(() => chart.resize());
    sizes.observe(el);
    return () => {
      sizes.disconnect();
      chart.dispose();
    };
  }, [text, dark]);
  if (!shown) return <CodeBlock language="json" text={text} live={false} />;
  return <div ref={box} role="img" aria-label={chartTitle(option) || t("chat.chart")} className="prose-figure h-80 w-full" />;
}
