/**
 * Figures of lines, points and bars as SVG, white, 800 px wide.
 *
 *   const svg = drawFigure({
 *     title: "Gradient by layer",
 *     panels: [
 *       {
 *         title: "at the start",
 *         x: { label: "layer" },
 *         y: { label: "gradient norm (nats per weight unit)", scale: "log" },
 *         series: [
 *           { name: "sigmoid", points: [[1, 1e-6], [2, 1e-5]] },
 *           { name: "slope 2", points: [[1, 1], [10, 100]], style: "dashed" },
 *         ],
 *       },
 *     ],
 *     columns: 2, // panels a row; by default 2, or 1 for a single panel
 *   });
 *
 * - Label every axis with its unit: "time (s)", "number of weights".
 * - Axes: `scale` "linear" (default), "log" or "category" (then `categories`, and points hold their
 *   indices; on y the first is on top and `label` is left out); `min` and `max` by default as the
 *   data are, but bars stand on 0. Points that are not finite, or that a log axis cannot
 *   show, are left out.
 * - Series: `style` "line" (default, with a dot at each point if there are at most 40), "dashed"
 *   (no dots), "points", "bars" (on a category axis). One name has one colour in all panels; `color`
 *   is a number in the palette, to give two series (a measured and a predicted one) the same.
 * - The legend stands above the panel's plot; if all panels have the same series it stands once,
 *   above them all. A single series has none.
 */

import * as echarts from "echarts";

export interface Axis {
  label: string;
  scale?: "linear" | "log" | "category";
  categories?: readonly string[];
  min?: number;
  max?: number;
}

export interface Series {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
  style?: "line" | "dashed" | "points" | "bars";
  color?: number;
}

export interface Panel {
  title: string;
  x: Axis;
  y: Axis;
  series: readonly Series[];
  /** Pixels of the plot without title, legend and labels; by default the figure's. */
  plotHeight?: number;
}

export interface Figure {
  title: string;
  panels: readonly Panel[];
  columns?: number;
  /** Pixels; 800 by default. */
  width?: number;
  /** Of each panel; 230 by default. */
  plotHeight?: number;
}

/** Okabe and Ito's colours, told apart by colour-blind readers as well. */
const PALETTE = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555"];
const SYMBOLS = ["circle", "rect", "triangle", "diamond"] as const;
const INK = "#222222";
const FONT = "Helvetica, Arial, 'DejaVu Sans', sans-serif";

const TITLE_HEIGHT = 34;
const PANEL_TITLE_HEIGHT = 24;
const LEGEND_ROW_HEIGHT = 22;
const ABOVE_PLOT = 10;
const BELOW_PLOT = 56;
const LEFT_OF_PLOT = 72;
const PLOT_HEIGHT = 230;
const RIGHT_OF_PLOT = 22;
const MOST_DOTS = 40;
/** Between the entries of a legend, and between its rows. */
const ITEM_GAP = 9;

/** Where a panel stands, in pixels. */
interface Box {
  left: number;
  top: number;
  width: number;
  plotTop: number;
  plotHeight: number;
}

/** The figure as SVG text. */
export function drawFigure(figure: Figure): string {
  const { panels, width = 800, plotHeight = PLOT_HEIGHT } = figure;
  if (panels.length === 0) throw new RangeError("expected at least one panel for a figure");
  const columns = figure.columns ?? Math.min(2, panels.length);
  const colors = numberColors(panels);
  const names = [...colors.keys()];
  const isShared = panels.length > 1 && panels.every((panel) => sameNames(namesOf(panel), names));
  const top = TITLE_HEIGHT + (isShared ? legendHeight(names, width) : 0);
  const { boxes, height } = placePanels(panels, { columns, width, top, plotHeight, isShared });

  return render(width, height, {
    backgroundColor: "#ffffff",
    animation: false,
    textStyle: { fontFamily: FONT, color: INK },
    title: [
      { text: figure.title, left: 16, top: 8, padding: 0, textStyle: textStyle(16, "bold") },
      ...panels.map((panel, i) => ({
        text: panel.title,
        left: boxes[i].left + 16,
        top: boxes[i].top + 6,
        padding: 0,
        textStyle: textStyle(13, "bold"),
      })),
    ],
    legend: isShared
      ? [legendAt(0, TITLE_HEIGHT, width, panels[0])]
      : panels.flatMap((panel, i) => {
          const { left, top, width } = boxes[i];
          if (panel.series.length < 2) return [];
          return [legendAt(left, top + PANEL_TITLE_HEIGHT, width, panel)];
        }),
    grid: panels.map((panel, i) => ({
      left: boxes[i].left + leftOfPlot(panel),
      top: boxes[i].plotTop,
      width: boxes[i].width - leftOfPlot(panel) - RIGHT_OF_PLOT,
      height: boxes[i].plotHeight,
    })),
    xAxis: panels.map((panel, i) => ({ ...axis(panel.x, 30), gridIndex: i })),
    yAxis: panels.map((panel, i) => ({ ...valueAxis(panel), gridIndex: i })),
    series: panels.flatMap((panel, i) =>
      panel.series.map((series) =>
        drawSeries(series, panel, i, series.color ?? colors.get(series.name)!),
      ),
    ),
  });
}

/** Panels in rows; those of one row have room for the longest legend and the highest plot in it. */
function placePanels(
  panels: readonly Panel[],
  { columns, width, top, plotHeight, isShared }: Layout,
): { boxes: Box[]; height: number } {
  const boxes: Box[] = [];
  const panelWidth = width / columns;
  let below = top;
  for (let first = 0; first < panels.length; first += columns) {
    const row = panels.slice(first, first + columns);
    const legends = row.map((panel) => (isShared ? 0 : legendHeight(namesOf(panel), panelWidth)));
    const plotTop = below + PANEL_TITLE_HEIGHT + Math.max(...legends) + ABOVE_PLOT;
    const highest = Math.max(...row.map((panel) => panel.plotHeight ?? plotHeight));
    row.forEach((_, i) => {
      const left = i * panelWidth;
      boxes.push({ left, top: below, width: panelWidth, plotTop, plotHeight: highest });
    });
    below = plotTop + highest + BELOW_PLOT;
  }
  return { boxes, height: below };
}

interface Layout {
  columns: number;
  width: number;
  top: number;
  plotHeight: number;
  /** Whether one legend stands for all panels. */
  isShared: boolean;
}

/**
 * A generous estimate: which font the reader has is not known here. CJK characters are square, and
 * echarts takes the width of one for the height of a line.
 */
function widthOf(text: string, fontSize: number): number {
  const isSquare = (c: string): boolean => c >= "\u2e80";
  return fontSize * Array.from(text).reduce((sum, c) => sum + (isSquare(c) ? 1 : 0.64), 0);
}

echarts.setPlatformAPI({
  measureText: (text, font) => ({
    width: widthOf(text, Number(/(\d+)px/.exec(font ?? "")?.[1] ?? 12)),
  }),
});

function render(width: number, height: number, option: echarts.EChartsOption): string {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function namesOf(panel: Panel): string[] {
  return panel.series.map(({ name }) => name);
}

/** The least number that is free in the panel where a name stands first. */
function numberColors(panels: readonly Panel[]): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const panel of panels) {
    const taken = new Set(panel.series.map(({ name, color }) => color ?? numbers.get(name)));
    for (const { name, color } of panel.series) {
      if (numbers.has(name)) continue;
      let number = 0;
      while (taken.has(number)) number++;
      numbers.set(name, color ?? number);
      taken.add(color ?? number);
    }
  }
  return numbers;
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length > 1 && a.length === b.length && a.every((name) => b.includes(name));
}

/** Pixels of a legend, its rows wrapped as echarts wraps them; generous, since fonts differ. */
function legendHeight(names: readonly string[], width: number): number {
  if (names.length < 2) return 0;
  let rows = 1;
  let used = 0;
  for (const name of names) {
    const wide = 24 + 5 + ITEM_GAP + widthOf(name, 12);
    if (used > 0 && used + wide > width - 32) {
      rows++;
      used = 0;
    }
    used += wide;
  }
  return rows * LEGEND_ROW_HEIGHT + 4;
}

function legendAt(left: number, top: number, width: number, { series }: Panel): object {
  return {
    data: series.map(({ name, style }) => ({
      name,
      ...(style === "dashed" && { itemStyle: { opacity: 0 } }),
    })),
    left: left + 16,
    top,
    width: width - 32,
    padding: 0,
    itemGap: ITEM_GAP,
    itemWidth: 24,
    itemHeight: 9,
    textStyle: textStyle(12),
  };
}

function textStyle(fontSize: number, fontWeight: "normal" | "bold" = "normal"): object {
  return { fontFamily: FONT, fontSize, fontWeight, color: INK };
}

function axis({ label, scale = "linear", categories, min, max }: Axis, nameGap: number): object {
  return {
    type: scale === "linear" ? "value" : scale,
    ...(scale === "category" ? { data: categories } : { min, max, scale: true }),
    name: label,
    nameLocation: "middle",
    nameGap,
    nameTextStyle: textStyle(12),
    axisLine: { show: true, onZero: false, lineStyle: { color: INK } },
    axisTick: { show: true, alignWithLabel: true },
    axisLabel: {
      ...textStyle(11),
      hideOverlap: true,
      ...(scale === "category" ? { interval: 0 } : { formatter: formatTick }),
    },
    splitLine: { show: scale !== "category", lineStyle: { color: "#e6e6e6" } },
  };
}

/** The axis of y. Bars stand on 0; categories are listed from the top. */
function valueAxis({ y, series }: Panel): object {
  if (y.scale === "category") return { ...axis(y, 0), inverse: true };
  const isBars = series.some(({ style }) => style === "bars");
  return axis(isBars && y.scale !== "log" ? { min: 0, ...y } : y, 52);
}

/** Room for the labels of y. */
function leftOfPlot({ y }: Panel): number {
  if (y.scale !== "category") return LEFT_OF_PLOT;
  return 20 + Math.max(...(y.categories ?? []).map((name) => widthOf(name, 11)));
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** 0.01, 250, 10,000, but 10⁻⁵ and 3·10⁶. */
function formatTick(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || (size >= 0.999e-3 && size < 0.999e5)) {
    return Number(value.toPrecision(6)).toLocaleString("en-US", { maximumFractionDigits: 6 });
  }
  const [digits, power] = value.toExponential(2).split("e");
  const factor = Number(digits);
  const raised = Array.from(power.replace("+", ""), (c) =>
    c === "-" ? "⁻" : SUPERSCRIPTS[Number(c)],
  );
  return `${factor === 1 ? "" : `${factor}·`}10${raised.join("")}`;
}

function drawSeries(series: Series, panel: Panel, index: number, number: number): object {
  const { name, style = "line" } = series;
  const color = PALETTE[number % PALETTE.length];
  const points = series.points.filter(
    ([x, y]) => isShown(x, panel.x.scale) && isShown(y, panel.y.scale),
  );
  const common = {
    name,
    data: points,
    xAxisIndex: index,
    yAxisIndex: index,
    color,
    clip: true,
  };
  if (style === "bars") return { ...common, type: "bar", barCategoryGap: "20%" };
  if (style === "points") return { ...common, type: "scatter", symbolSize: 7 };
  const symbol = SYMBOLS[number % SYMBOLS.length];
  const isDotted = style === "line" && points.length <= MOST_DOTS;
  return {
    ...common,
    type: "line",
    symbol: isDotted ? symbol : "none",
    symbolSize: 6,
    lineStyle: { width: 2, type: style === "dashed" ? "dashed" : "solid" },
  };
}

function isShown(value: number, scale: Axis["scale"]): boolean {
  return Number.isFinite(value) && (scale !== "log" || value > 0);
}
