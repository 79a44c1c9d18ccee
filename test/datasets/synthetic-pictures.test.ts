import {
  Conv2D,
  Dense,
  Flatten,
  MaxPooling2D,
  Rescaling,
  Sequential,
  setSeed,
  syntheticPictures,
} from "../../src";

test("a seed gives the same pictures, fewer of which are the beginning of more", () => {
  const few = syntheticPictures({ samples: 20, seed: 3 });
  const more = syntheticPictures({ samples: 40, seed: 3 });
  expect(few.images.describe()).toBe("uint8[20, 32, 32, 3]");
  expect(more.images.slice([0], [20]).array()).toEqual(few.images.array());
  expect(more.labels.slice([0], [20]).array()).toEqual(few.labels.array());
  const other = syntheticPictures({ samples: 20, seed: 4 });
  expect(other.images.array()).not.toEqual(few.images.array());
  expect(few.classNames).toHaveLength(10);
});

test("each class comes about as often", () => {
  const labels = Array.from(syntheticPictures({ samples: 2000 }).labels.data());
  for (let label = 0; label < 10; label++) {
    const count = labels.filter((other) => other === label).length;
    expect(Math.abs(count - 200)).toBeLessThan(60);
  }
});

test("a network learns to tell the classes of pictures that it never saw", async () => {
  setSeed(1);
  const train = syntheticPictures({ samples: 1500, seed: 1 });
  const unseen = syntheticPictures({ samples: 300, seed: 2 });
  const model = new Sequential([
    new Rescaling(1 / 255),
    new Conv2D(16, 3, { activation: "relu", strides: 2 }),
    new Conv2D(32, 3, { activation: "relu" }),
    new MaxPooling2D(2),
    new Flatten(),
    new Dense(10, { activation: "softmax" }),
  ]);
  model.compile({
    optimizer: "adam",
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
  });
  await model.fit(train.images, train.labels, { epochs: 8, verbose: 0 });
  const { accuracy } = await model.evaluate(unseen.images, unseen.labels);
  expect(accuracy).toBeGreaterThan(0.4);
});

test("refuses what it cannot draw", () => {
  expect(() => syntheticPictures({ samples: 0 })).toThrow("samples");
  expect(() => syntheticPictures({ samples: 2e6 })).toThrow("at most 1000000 for samples");
  expect(() => syntheticPictures({ samples: 1, seed: 0.5 })).toThrow("seed");
});
