/** A restricted Boltzmann machine in plain loops, by enumeration of all its states. */

export interface PlainMachine {
  /** W, row by row: [visible][hidden] */
  kernel: number[][];
  visibleBias: number[];
  hiddenBias: number[];
}

/** All states of n binary units. */
export function binaryStates(n: number): number[][] {
  return Array.from({ length: 2 ** n }, (_, state) =>
    Array.from({ length: n }, (_, i) => (state >> i) & 1),
  );
}

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((total, value, i) => total + value * b[i], 0);

/** b h + v W h, the part of -E(v, h) that is not the visible units' own. */
function interaction({ kernel, hiddenBias }: PlainMachine, v: number[], h: number[]): number {
  return dot(hiddenBias, h) + v.reduce((total, vi, i) => total + vi * dot(kernel[i], h), 0);
}

/** e^-E(v, h) summed over h; Bernoulli visible units. */
export function mass(machine: PlainMachine, v: number[]): number {
  return Math.exp(dot(machine.visibleBias, v)) * hiddenMass(machine, v);
}

/** e^(b h + v W h) summed over h. */
export function hiddenMass(machine: PlainMachine, v: number[]): number {
  return binaryStates(machine.hiddenBias.length).reduce(
    (total, h) => total + Math.exp(interaction(machine, v, h)),
    0,
  );
}

/** Z of Bernoulli units. */
export function partition(machine: PlainMachine): number {
  return binaryStates(machine.visibleBias.length).reduce((z, v) => z + mass(machine, v), 0);
}

/** Mean ln P(v) of rows. */
export function meanLogLikelihood(machine: PlainMachine, rows: number[][]): number {
  const logZ = Math.log(partition(machine));
  return rows.reduce((sum, v) => sum + Math.log(mass(machine, v)) - logZ, 0) / rows.length;
}

/** Weighted means of v h, v and h. */
function statistics(machine: PlainMachine, rows: number[][], weights: number[]): PlainMachine {
  const { kernel, visibleBias, hiddenBias } = machine;
  const means: PlainMachine = {
    kernel: kernel.map((row) => row.map(() => 0)),
    visibleBias: visibleBias.map(() => 0),
    hiddenBias: hiddenBias.map(() => 0),
  };
  rows.forEach((v, r) => {
    const h = hiddenBias.map((b, j) => {
      const input = v.reduce((total, vi, i) => total + vi * kernel[i][j], b);
      return 1 / (1 + Math.exp(-input));
    });
    v.forEach((vi, i) => (means.visibleBias[i] += weights[r] * vi));
    h.forEach((hj, j) => (means.hiddenBias[j] += weights[r] * hj));
    v.forEach((vi, i) => h.forEach((hj, j) => (means.kernel[i][j] += weights[r] * vi * hj)));
  });
  return means;
}

/** The exact gradient of the mean ln P(v) of rows; Bernoulli visible units. */
export function exactGradient(machine: PlainMachine, rows: number[][]): PlainMachine {
  const states = binaryStates(machine.visibleBias.length);
  const z = partition(machine);
  const data = statistics(
    machine,
    rows,
    rows.map(() => 1 / rows.length),
  );
  const model = statistics(
    machine,
    states,
    states.map((v) => mass(machine, v) / z),
  );
  return combine(data, model, 1, -1);
}

/** a x + b y, weight by weight. */
export function combine(x: PlainMachine, y: PlainMachine, a: number, b: number): PlainMachine {
  const each = (u: number[], v: number[]): number[] => u.map((value, i) => a * value + b * v[i]);
  return {
    kernel: x.kernel.map((row, i) => each(row, y.kernel[i])),
    visibleBias: each(x.visibleBias, y.visibleBias),
    hiddenBias: each(x.hiddenBias, y.hiddenBias),
  };
}

/** All weights in one list. */
export function listed({ kernel, visibleBias, hiddenBias }: PlainMachine): number[] {
  return [...kernel.flat(), ...visibleBias, ...hiddenBias];
}
