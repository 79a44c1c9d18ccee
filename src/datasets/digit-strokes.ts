/** How the ten digits are written: the strokes from which `syntheticDigits` draws. */

/**
 * A pen stroke: control points x, y, x, y, ... of a smooth curve that begins at the first point,
 * ends at the last and rounds off the others; a point given twice is a sharp corner. In percent of
 * the digit's half height, from its middle: x to the right, y down.
 */
export type Stroke = readonly number[];

/** One way to write a digit. */
export type Glyph = readonly Stroke[];

// prettier-ignore
const ZERO: readonly Glyph[] = [
  [[0,-100, -68,-100, -68,100, 68,100, 68,-100, 0,-100]],
  [[25,-85, -10,-110, -70,-60, -60,95, 35,110, 72,40, 58,-90, -5,-100]],
];

// prettier-ignore
const ONE: readonly Glyph[] = [
  [[0,-100, 0,100]],
  [[-35,-55, 0,-100, 0,-100, 0,100]],
  [[-35,-60, 0,-100, 0,-100, 0,100], [-42,100, 42,100]],
];

// prettier-ignore
const TWO: readonly Glyph[] = [
  [[-58,-50, -50,-108, 62,-108, 58,-20, -10,40, -60,100, -60,100, 60,100]],
  [[-55,-65, -30,-112, 62,-98, 48,0, -30,100, -75,95, -55,45, 5,85, 68,95]],
];

// prettier-ignore
const THREE: readonly Glyph[] = [
  [[-55,-75, -30,-112, 62,-104, 52,-12, -15,-6, -15,-6, 68,4, 62,106, -30,112, -60,70]],
  [[-50,-95, 50,-95, 50,-95, -5,-20, -5,-20, 72,-12, 56,106, -30,106, -60,75]],
];

// prettier-ignore
const FOUR: readonly Glyph[] = [
  [[-42,-100, -55,22, -55,22, 62,22], [32,-45, 28,100]],
  [[22,-100, -65,35, -65,35, 66,35], [22,-100, 20,100]],
  [[-48,-95, -62,5, -15,28, 42,0], [48,-98, 42,0, 32,100]],
];

// prettier-ignore
const FIVE: readonly Glyph[] = [
  [[-40,-95, -45,-12, -45,-12, 0,-45, 72,-20, 56,102, -30,112, -60,75], [-40,-95, 52,-97]],
  [[52,-95, -35,-95, -35,-95, -46,-8, -46,-8, 68,-42, 62,112, -55,95]],
];

// prettier-ignore
const SIX: readonly Glyph[] = [
  [[42,-95, -50,-65, -75,70, -20,112, 62,98, 62,8, 0,-8, -52,42]],
  [[20,-100, -60,0, -66,106, 56,106, 62,8, -20,-12, -46,45]],
];

// prettier-ignore
const SEVEN: readonly Glyph[] = [
  [[-56,-90, 56,-90, 56,-90, -15,100]],
  [[-56,-90, 56,-90, 56,-90, -15,100], [-32,6, 42,0]],
  [[-56,-60, -52,-92, -52,-92, 60,-88, 60,-88, 18,0, 6,100]],
];

// prettier-ignore
const EIGHT: readonly Glyph[] = [
  [[45,-70, 22,-112, -56,-102, -52,-25, 60,25, 60,106, -60,106, -60,25, 52,-25, 56,-92, 36,-82]],
  [[0,-100, -52,-100, -52,-5, 52,-5, 52,-100, 0,-100], [0,-5, -62,-5, -62,100, 62,100, 62,-5, 0,-5]],
];

// prettier-ignore
const NINE: readonly Glyph[] = [
  [[50,-65, 25,-110, -58,-100, -58,8, 36,8, 52,-70], [52,-88, 50,0, 40,100]],
  [[50,-60, 20,-110, -58,-96, -56,8, 38,10, 54,-70, 54,-70, 62,108, -40,96]],
];

/** Ways to write each digit, by the digit. */
export const DIGIT_GLYPHS = [ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE] as const;
