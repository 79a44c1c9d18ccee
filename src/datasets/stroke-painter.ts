/** Paints pen strokes into small grey images, anti-aliased. */

// Bound once: inside a vm context, such as Jest's, each look-up of a global takes long.
const { ceil, floor, max, min, sqrt } = Math;

/** Chords that stand for each arc of a curve. */
const CHORDS = 4;

/** A squared distance that no stroke reaches. */
const FAR = 1e9;

/**
 * A square canvas for strokes of one width; pixel centres have integer coordinates. It computes
 * with what every machine rounds alike (+ - * / and square roots), so that the same strokes give
 * the same pixels everywhere.
 */
export class StrokePainter {
  /** Squared distance of each pixel from the nearest stroke, [size, size]. */
  private readonly distances: Float64Array;
  /** Pixels farther than this from a stroke stay blank. */
  private reach = 0;

  /** @param size pixels of an edge */
  constructor(private readonly size: number) {
    this.distances = new Float64Array(size * size);
  }

  /** Begins an image drawn by a pen of the given radius, in pixels. */
  begin(radius: number): void {
    this.distances.fill(FAR);
    this.reach = radius + 0.5;
  }

  /**
   * Draws a curve over control points x, y, x, y, ..., in pixels: a quadratic B-spline that begins
   * at the first point and ends at the last. A point given twice is a corner.
   * @param count how many of the points to use, at least 2
   */
  curve(points: Float64Array, count: number): void {
    let fromX = points[0];
    let fromY = points[1];
    for (let i = 1; i < count - 1; i++) {
      const x = points[2 * i];
      const y = points[2 * i + 1];
      const share = i === count - 2 ? 1 : 0.5; // the arc ends half-way to the next point
      const toX = x + (points[2 * i + 2] - x) * share;
      const toY = y + (points[2 * i + 3] - y) * share;
      this.arc(fromX, fromY, x, y, toX, toY);
      fromX = toX;
      fromY = toY;
    }
    if (count === 2) this.line(fromX, fromY, points[2], points[3]);
  }

  /** How much of a pixel is inked, from 0 to 1. */
  ink(pixel: number): number {
    const squared = this.distances[pixel];
    if (squared >= this.reach * this.reach) return 0;
    return min(1, this.reach - sqrt(squared));
  }

  /** A quadratic Bezier curve from a to c with control point b. */
  private arc(ax: number, ay: number, bx: number, by: number, cx: number, cy: number): void {
    let fromX = ax;
    let fromY = ay;
    for (let chord = 1; chord <= CHORDS; chord++) {
      const t = chord / CHORDS;
      const [a, b, c] = [(1 - t) * (1 - t), 2 * t * (1 - t), t * t];
      const toX = a * ax + b * bx + c * cx;
      const toY = a * ay + b * by + c * cy;
      this.line(fromX, fromY, toX, toY);
      fromX = toX;
      fromY = toY;
    }
  }

  private line(ax: number, ay: number, bx: number, by: number): void {
    const { distances, reach, size } = this;
    const left = max(0, ceil(min(ax, bx) - reach));
    const right = min(size - 1, floor(max(ax, bx) + reach));
    const top = max(0, ceil(min(ay, by) - reach));
    const bottom = min(size - 1, floor(max(ay, by) + reach));
    const dx = bx - ax;
    const dy = by - ay;
    const perLength = 1 / max(dx * dx + dy * dy, 1e-12);
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        // The nearest point of the line is at `t` of the way from a to b.
        const along = ((x - ax) * dx + (y - ay) * dy) * perLength;
        const t = along < 0 ? 0 : along > 1 ? 1 : along;
        const awayX = x - ax - t * dx;
        const awayY = y - ay - t * dy;
        const squared = awayX * awayX + awayY * awayY;
        if (squared < distances[y * size + x]) distances[y * size + x] = squared;
      }
    }
  }
}
