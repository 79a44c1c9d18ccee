/** Samples of indexing along any axis and by coordinates, and of softmax along any axis. */

import * as nabla from "../../src";
import { type NdArray, at, build, mapAlong, sizeOf, total } from "../helpers/nd-array";
import { integers, spread } from "../helpers/numbers";
import { type Sample, input, sample } from "./sample";

/** [x, indices, axis] */
const GATHERED: [number[], number[], number][] = [
  [[3, 4], [5], 1],
  [[3, 4], [5], -1],
  [[3, 4], [2, 2], 1],
  [[3, 4], [], 1],
  [[4, 3], [5], -2],
  [[2, 3, 4], [4], 1],
  [[2, 3, 4], [2, 2], 1],
  [[2, 3, 4], [6], 2],
  [[2, 3], [0], 1],
  [[0, 3], [2], 1],
];

const fromEnd = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

function chosen(x: NdArray, indices: NdArray, axis: number): NdArray {
  const k = indices.shape.length;
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return build(shape, (position) => {
    const index = at(indices, position.slice(axis, axis + k));
    return at(x, [...position.slice(0, axis), index, ...position.slice(axis + k)]);
  });
}

const gathers: Sample[] = GATHERED.flatMap(([shape, of, axis]) => {
  const along = fromEnd(axis, shape.length);
  const indices = input("int32", of, integers(of, 0, shape[along], 3));
  const parts = {
    op: "gather",
    title: `axis ${axis}`,
    run: (x: nabla.Tensor, i: nabla.Tensor) => nabla.gather(x, i, axis),
    reference: (x: NdArray, i: NdArray) => chosen(x, i, along),
  };
  return [
    sample({ ...parts, inputs: [input("float", shape, spread(shape, -3, 3)), indices] }),
    sample({ ...parts, inputs: [input("uint8", shape, integers(shape, 0, 256)), indices] }),
    sample({
      ...parts,
      title: `axis ${axis}, to float64`,
      inputs: [input("uint8", shape, integers(shape, 0, 256)), indices],
      dtype: "float64",
      run: (x, i) => x.gather(i, axis, "float64"),
    }),
  ];
});

/** [indices' shape, axis] */
const CLASSES: [number[], number][] = [
  [[], 0],
  [[4], 0],
  [[4], -2],
  [[2, 3], 1],
  [[2, 3], 0],
  [[2, 3], -1],
];

const oneHots: Sample[] = CLASSES.map(([shape, axis]) =>
  sample({
    op: "oneHot",
    title: `axis ${axis}`,
    inputs: [input("int32", shape, integers(shape, 0, 5))],
    dtype: "int32",
    run: (x) => nabla.oneHot(x, 5, "int32", axis),
    reference: (x) => {
      const place = fromEnd(axis, shape.length + 1);
      return build([...shape.slice(0, place), 5, ...shape.slice(place)], (position) => {
        const others = position.filter((_, i) => i !== place);
        return Number(at(x, others) === position[place]);
      });
    },
  }),
);

const softmax = (values: number[]): number[] => {
  const powers = values.map(Math.exp);
  return powers.map((power) => power / total(powers));
};

const softmaxes: Sample[] = (["softmax", "logSoftmax"] as const).flatMap((op) =>
  (
    [
      [[3, 4], 0],
      [[2, 3, 4], 1],
      [[2, 3, 4], -3],
      [[2, 3, 4], 2],
      [[3], 0],
    ] as [number[], number][]
  ).map(([shape, axis]) =>
    sample({
      op,
      title: `axis ${axis}`,
      inputs: [input("float", shape, spread(shape, -3, 3))],
      run: (x) => nabla[op](x, axis),
      reference: (x) =>
        mapAlong(x, fromEnd(axis, shape.length), (values) =>
          op === "softmax" ? softmax(values) : softmax(values).map(Math.log),
        ),
    }),
  ),
);

/** [x, indices without coordinates, how many coordinates] */
const POINTS: [number[], number[], number][] = [
  [[3, 4], [5], 2],
  [[3, 4], [5], 1],
  [[3, 4], [], 2],
  [[3, 4], [], 1],
  [[5], [2, 3], 1],
  [[2, 3, 4], [3, 2], 2],
  [[2, 3, 4], [17], 3],
  [[2, 3], [0], 2],
  [[2, 0], [3], 1],
];

/** Coordinates within the first axes of a shape. */
function coordinates(shape: number[], of: number[], count: number): number[] {
  return integers([...of, count], 0, 720, 5).map((n, i) => n % shape[i % count]);
}

const rowOf = (indices: NdArray, i: number, shape: readonly number[], count: number): number =>
  indices.data
    .slice(i * count, (i + 1) * count)
    .reduce((row, coordinate, axis) => row * shape[axis] + coordinate, 0);

const points: Sample[] = POINTS.flatMap(([shape, of, count]) => {
  const indices = input("int32", [...of, count], coordinates(shape, of, count));
  const result = [...of, ...shape.slice(count)];
  const length = sizeOf(shape.slice(count));
  const rows = Array.from({ length: sizeOf(of) }, (_, i) => i);
  const gathered = {
    op: "gatherND",
    run: nabla.gatherND,
    reference: (x: NdArray, i: NdArray) => ({
      shape: result,
      data: rows.flatMap((row) => {
        const from = rowOf(i, row, shape, count) * length;
        return x.data.slice(from, from + length);
      }),
    }),
  };
  const scattered = {
    op: "scatterND",
    title: `to [${shape.join(", ")}]`,
    run: (i: nabla.Tensor, updates: nabla.Tensor) => nabla.scatterND(i, updates, shape),
    reference: (i: NdArray, updates: NdArray) => {
      const data = new Array<number>(sizeOf(shape)).fill(0);
      for (const row of rows) {
        for (let k = 0; k < length; k++) {
          data[rowOf(i, row, shape, count) * length + k] += updates.data[row * length + k];
        }
      }
      return { shape, data };
    },
  };
  return [
    sample({ ...gathered, inputs: [input("float", shape, spread(shape, -3, 3)), indices] }),
    sample({ ...gathered, inputs: [input("uint8", shape, integers(shape, 0, 256)), indices] }),
    sample({
      ...scattered,
      dtype: "float",
      inputs: [indices, input("float", result, spread(result, -3, 3))],
    }),
    sample({
      ...scattered,
      dtype: "int32",
      inputs: [indices, input("int32", result, integers(result, -99, 99))],
    }),
  ];
});

export const gathering: readonly Sample[] = [...gathers, ...oneHots, ...softmaxes, ...points];
