/** Reports as scikit-learn prints them: scripts/golden/reports.py. */

import { metrics, oneHot, tensor, tidy } from "../../src";
import { loadGolden } from "../helpers/golden";

interface Case {
  yTrue: number[];
  yPred: number[];
  options: {
    digits?: number;
    labels?: number[];
    target_names?: string[];
    zero_division?: number;
  };
  text: string;
  matrix: string;
}

const { cases } = loadGolden("reports") as { cases: Case[] };

describe.each(cases.map((item): [string, Case] => [JSON.stringify(item.options), item]))(
  "a report with %s",
  (_, { yTrue, yPred, options, text, matrix }) => {
    const { target_names: targetNames, zero_division: zeroDivision, digits, labels } = options;
    const given = { targetNames, zeroDivision, digits, labels };

    test("is scikit-learn's, of arrays, tensors and scores", () => {
      expect(metrics.classificationReport(yTrue, yPred, given)).toBe(text);
      tidy(() => {
        const integers = (values: number[]) => tensor(values, undefined, "int32");
        const classes = Math.max(...yTrue, ...yPred, 1) + 1;
        const scores = oneHot(integers(yPred), classes);
        expect(metrics.classificationReport(integers(yTrue), scores, given)).toBe(text);
      });
    });

    test("has a confusion matrix that prints as scikit-learn's", () => {
      const classes = matrix.split("\n").length;
      const counted = new metrics.ConfusionMatrix(classes);
      tidy(() => {
        // In two batches.
        const half = Math.ceil(yTrue.length / 2);
        for (const [from, to] of [
          [0, half],
          [half, yTrue.length],
        ]) {
          // prettier-ignore
          const labels = tensor(yTrue.slice(from, to), undefined, "int32");
          counted.update(labels, tensor(yPred.slice(from, to), undefined, "int32"));
        }
      });
      expect(String(counted)).toBe(matrix);
    });
  },
);

test("texts are labels that name themselves, in their order", () => {
  const report = metrics.classificationReport(["dog", "cat", "cat"], ["dog", "dog", "cat"]);
  expect(report).toBe(
    metrics.classificationReport([1, 0, 0], [1, 1, 0], { targetNames: ["cat", "dog"] }),
  );
});

test("what does not belong together is refused", () => {
  expect(() => metrics.classificationReport([0, 1], [0])).toThrow(
    "expected as many labels as predictions but received 2 and 1",
  );
  expect(() => metrics.classificationReport([0.5, 1], [0, 1])).toThrow(
    "expected whole numbers [samples] for yTrue",
  );
  expect(() => metrics.classificationReport([0, 1], [0, 1], { targetNames: ["a"] })).toThrow(
    "expected 2 targetNames, one a label, but received 1",
  );
});
