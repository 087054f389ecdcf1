import { type RefObject, useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

/** What a chart is made with, but for the size, which is that of its element, and the data. */
export type ChartOptions = Omit<uPlot.Options, "width" | "height">;

/** A chart in the element that has the ref. It is made anew for other `options`; null: not yet. */
export function useChart(options: ChartOptions | null, data: uPlot.AlignedData): RefObject<HTMLDivElement | null> {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    const element = box.current;
    if (!element || !options) return;
    const size = () => ({ width: element.clientWidth, height: element.clientHeight });
    const made = new uPlot({ ...size(), ...options }, latest.current, element);
    chart.current = made;
    const watch = new ResizeObserver(() => made.setSize(size()));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [options]);
  useEffect(() => {
    // Other series are drawn by another chart, which begins with its data.
    if (chart.current?.series.length === data.length) chart.current.setData(data);
  }, [data]);
  return box;
}
