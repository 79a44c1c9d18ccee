/**
 * Figures of small images (digits, filters, reconstructions, saliency) in rows, as SVG.
 *
 *   const svg = drawPictures({
 *     title: "Reconstructions",
 *     rows: [
 *       { label: "input", pictures: digits.map((pixels) => ({ pixels, caption: "7" })) },
 *       { label: "filter", pictures: filters.map((pixels) => ({ pixels, colors: "diverging" })) },
 *     ],
 *   });
 *
 * `pixels` are rows of one image from the top, `height` x `width` (28 x 28 by default). Colours:
 * "ink" (default) goes from white at the least to black at the greatest value, "diverging" from blue
 * below 0 over white to red above it, with equal strength at equal distance. `range` fixes [least,
 * greatest]; by default it is the picture's own, for "ink" of one that is all equal [0, 1].
 */

import { PNG } from "pngjs";

export interface Picture {
  pixels: ArrayLike<number>;
  height?: number;
  width?: number;
  colors?: "ink" | "diverging";
  range?: readonly [least: number, greatest: number];
  /** Below the picture. */
  caption?: string;
}

export interface PictureFigure {
  title: string;
  /** Text in front of each row and its pictures. */
  rows: readonly { label: string; pictures: readonly Picture[] }[];
  /** Below everything: what colours mean. */
  note?: string;
  /** Pixels of the figure; 800 by default. Pictures share what the labels leave. */
  width?: number;
}

const MARGIN = 16;
const GAP = 8;
const TITLE_HEIGHT = 36;
const CAPTION_HEIGHT = 18;
const NOTE_HEIGHT = 26;
const MOST_PICTURE_WIDTH = 96;
const FONT = `font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif" fill="#222222"`;

/** The figure as SVG text, with the pictures inside as PNG. */
export function drawPictures({ title, rows, note, width = 800 }: PictureFigure): string {
  const labelWidth = Math.max(...rows.map(({ label }) => 7.5 * label.length)) + GAP;
  const columns = Math.max(...rows.map(({ pictures }) => pictures.length));
  if (!(columns > 0)) throw new RangeError("expected at least one picture for a figure");
  const share = (width - 2 * MARGIN - labelWidth) / columns - GAP;
  const side = Math.min(MOST_PICTURE_WIDTH, Math.floor(share));
  const parts: string[] = [text(MARGIN, 24, title, 'font-size="16" font-weight="bold"')];
  let top = TITLE_HEIGHT;
  for (const { label, pictures } of rows) {
    const heights = pictures.map((picture) => side * (heightOf(picture) / widthOf(picture)));
    const tallest = Math.max(...heights);
    parts.push(text(MARGIN, top + tallest / 2 + 4, label, 'font-size="13"'));
    pictures.forEach((picture, i) => {
      const left = MARGIN + labelWidth + i * (side + GAP);
      parts.push(image(picture, left, top, side, heights[i]));
      if (picture.caption === undefined) return;
      const center = left + side / 2;
      const below = top + tallest + 14;
      parts.push(text(center, below, picture.caption, 'font-size="12" text-anchor="middle"'));
    });
    const isCaptioned = pictures.some(({ caption }) => caption !== undefined);
    top += tallest + GAP + (isCaptioned ? CAPTION_HEIGHT : 0);
  }
  if (note !== undefined) {
    parts.push(text(MARGIN, top + 14, note, 'font-size="12"'));
    top += NOTE_HEIGHT;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...parts,
    "</svg>",
  ].join("\n");
}

/** One picture as a PNG file, a pixel for a value. */
export function encodePng(picture: Picture): Buffer {
  const [height, width] = [heightOf(picture), widthOf(picture)];
  const { pixels, colors = "ink" } = picture;
  if (pixels.length !== height * width) {
    throw new RangeError(
      `expected ${height} x ${width} pixels for a picture but received ${pixels.length} values`,
    );
  }
  const range = picture.range ?? rangeOf(pixels);
  const png = new PNG({ width, height });
  for (let i = 0; i < pixels.length; i++) {
    const color = colors === "ink" ? ink(pixels[i], range) : diverging(pixels[i], range);
    png.data.set([...color, 255], 4 * i);
  }
  return PNG.sync.write(png);
}

function heightOf({ height = 28 }: Picture): number {
  return height;
}

function widthOf({ width = 28 }: Picture): number {
  return width;
}

function rangeOf(pixels: ArrayLike<number>): [number, number] {
  let [least, greatest] = [Infinity, -Infinity];
  for (let i = 0; i < pixels.length; i++) {
    least = Math.min(least, pixels[i]);
    greatest = Math.max(greatest, pixels[i]);
  }
  return least < greatest ? [least, greatest] : [0, 1];
}

type Rgb = [red: number, green: number, blue: number];

function ink(value: number, [least, greatest]: readonly [number, number]): Rgb {
  const share = clamp((value - least) / (greatest - least));
  const level = Math.round(255 * (1 - share));
  return [level, level, level];
}

const RED: Rgb = [178, 24, 43];
const BLUE: Rgb = [33, 102, 172];

function diverging(value: number, [least, greatest]: readonly [number, number]): Rgb {
  const share = clamp(Math.abs(value) / (Math.max(Math.abs(least), Math.abs(greatest)) || 1));
  return (value < 0 ? BLUE : RED).map((level) => Math.round(255 + (level - 255) * share)) as Rgb;
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}

function image(picture: Picture, left: number, top: number, width: number, height: number): string {
  const data = encodePng(picture).toString("base64");
  const box = `x="${left}" y="${top}" width="${width}" height="${height}"`;
  return (
    `<image ${box} style="image-rendering:pixelated" href="data:image/png;base64,${data}"/>` +
    `<rect ${box} fill="none" stroke="#cccccc"/>`
  );
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${FONT} ${attributes}>${escape(content)}</text>`;
}

function escape(content: string): string {
  return content.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);
}
