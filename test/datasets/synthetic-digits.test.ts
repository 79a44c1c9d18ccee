import { drawDigits } from "../../src/datasets/digit-writer";
import { syntheticDigits, syntheticMnist } from "../../src/datasets/synthetic-digits";

const bytes = (array: Uint8Array): Buffer => Buffer.from(array);

describe("syntheticDigits", () => {
  test("tensors in the form of MNIST", () => {
    const { images, labels } = syntheticDigits({ samples: 20, seed: 8 });
    const drawn = drawDigits(0, 20, 8);
    expect([images.dtype, images.shape]).toEqual(["uint8", [20, 28, 28]]);
    expect([labels.dtype, labels.shape]).toEqual(["uint8", [20]]);
    expect(bytes(images.data() as Uint8Array)).toEqual(bytes(drawn.images));
    expect(bytes(labels.data() as Uint8Array)).toEqual(bytes(drawn.labels));
    images.dispose();
    labels.dispose();
  });

  test("the seed is 0 by default", () => {
    const sets = [syntheticDigits({ samples: 3 }), syntheticDigits({ samples: 3, seed: 0 })];
    expect(sets[0].images.array()).toEqual(sets[1].images.array());
    sets.forEach(({ images, labels }) => [images, labels].forEach((tensor) => tensor.dispose()));
  });

  test.each([0, -1, 2.5, NaN, "ten", undefined])("samples: %p is refused", (samples) => {
    expect(() => syntheticDigits({ samples: samples as number })).toThrow(
      /expected an integer of at least 1 for samples but received/,
    );
  });

  test("a seed that is no integer is refused", () => {
    expect(() => syntheticDigits({ samples: 1, seed: 0.5 })).toThrow(
      "expected a safe integer for seed but received 0.5",
    );
  });
});

test("syntheticMnist has the form and sizes of MNIST, and no test image among the training images", () => {
  const { name, source, train, test } = syntheticMnist({ seed: 9 });
  expect([name, source]).toEqual(["synthetic digits", "drawn with seed 9"]);
  expect([train.images.shape, train.labels.shape]).toEqual([[60_000, 28, 28], [60_000]]);
  expect([test.images.shape, test.labels.shape]).toEqual([[10_000, 28, 28], [10_000]]);
  const drawn = drawDigits(60_000, 60_010, 9);
  const beginning = (test.images.data() as Uint8Array).subarray(0, drawn.images.length);
  expect(bytes(beginning)).toEqual(bytes(drawn.images));
  for (const { images, labels } of [train, test]) [images, labels].forEach((x) => x.dispose());
});
