/** Names of the figures that fit tells. */

import { Dense, Model, type Tensor, input } from "../../src";

function twoOutputs(first: string): Model<Tensor, Record<string, Tensor>> {
  const x = input({ shape: [2] });
  const apply = (name: string): Tensor => new Dense(1, { name }).apply(x);
  return new Model({ inputs: x, outputs: { [first]: apply("a"), other: apply("b") } });
}

test("an output whose figures would be taken for the validation's is refused", () => {
  const model = twoOutputs("val");
  expect(() => model.compile({ optimizer: "sgd", loss: "mse" })).toThrow(
    /two of valLoss: that of the validation's loss, too; name the output or metric otherwise/,
  );
});

test("other names have figures of their own", async () => {
  const model = twoOutputs("value");
  model.compile({ optimizer: "sgd", loss: "mse" });
  const x = [
    [1, 2],
    [3, 4],
  ];
  const y = { value: [1, 2], other: [1, 2] };
  const { history } = await model.fit(x, y, { validationData: [x, y], epochs: 1, verbose: 0 });
  expect(Object.keys(history).sort()).toEqual(
    ["loss", "otherLoss", "valLoss", "valOtherLoss", "valValueLoss", "valueLoss"].sort(),
  );
});
