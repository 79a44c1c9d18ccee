/** Weights that the loss does not depend on: Keras warns, and trains the others. */

import { Dense, Model, type Tensor, add, greater, optimizers, randomNormal } from "../../src";
import { leakFreeAsync, own } from "../helpers/leak-free";

class Two extends Model {
  a = new Dense(1);
  b = new Dense(1);

  override forward(x: Tensor): Tensor {
    return this.a.forward(x);
  }
}

/** Behind a step function there is no gradient. */
class Cut extends Model {
  a = new Dense(4);
  b = new Dense(1);

  override forward(x: Tensor): Tensor {
    return this.b.forward(greater(this.a.forward(x), 0).cast("float32"));
  }
}

class Lost extends Model {
  a = new Dense(1);

  override forward(x: Tensor): Tensor {
    return add(greater(this.a.forward(x), 0).cast("float32"), 0);
  }
}

async function warnings(fn: () => Promise<unknown>): Promise<string[]> {
  const emit = jest.spyOn(process, "emitWarning").mockImplementation();
  try {
    await fn();
    return emit.mock.calls.map(([message]) => String(message));
  } finally {
    emit.mockRestore();
  }
}

function built<M extends Model>(model: M): M {
  model.build([null, 3]);
  model.compile({ optimizer: new optimizers.Adam(0.1, { weightDecay: 0.1 }), loss: "mse" });
  return own(model);
}

const data = (): [Tensor, Tensor] => [own(randomNormal([20, 3])), own(randomNormal([20, 1]))];

test(
  "a layer that forward does not use stays as it is, and is told of once",
  leakFreeAsync(async () => {
    const model = built(new Two());
    model.b.build([null, 3]);
    const [x, y] = data();
    const before = [model.a, model.b].map((layer) => [...layer.kernel!.data()]);
    const fit = () => model.fit(x, y, { epochs: 3, batchSize: 8, verbose: 0 });
    expect(await warnings(fit)).toEqual([
      expect.stringMatching(
        /^fit: the loss does not depend on b\.kernel, b\.bias, so training leaves/,
      ),
    ]);
    expect(await warnings(fit)).toEqual([]);
    expect([...model.b.kernel!.data()]).toEqual(before[1]);
    expect([...model.a.kernel!.data()]).not.toEqual(before[0]);
  }),
);

test(
  "so does one behind a function without a slope",
  leakFreeAsync(async () => {
    const model = built(new Cut());
    const before = [...model.a.kernel!.data()];
    const [x, y] = data();
    const told = await warnings(() => model.fit(x, y, { verbose: 0 }));
    expect(told).toEqual([expect.stringContaining("a.kernel, a.bias")]);
    expect([...model.a.kernel!.data()]).toEqual(before);
  }),
);

test(
  "a model none of whose weights the loss reaches is refused",
  leakFreeAsync(async () => {
    const model = built(new Lost());
    const [x, y] = data();
    await expect(model.fit(x, y, { verbose: 0 })).rejects.toThrow(
      "expected a loss that depends on the weights but it depends on none of a.kernel, a.bias",
    );
  }),
);
