/** The options of programs that train on digits, and the digits that they stand for. */

import { Command, Option } from "commander";
import { type DigitData, type DigitSet, type Tensor, mnist, syntheticMnist, tensor } from "nabla";

export interface DigitOptions {
  data?: string;
  synthetic?: boolean;
  seed?: number;
}

/** Adds --data and --synthetic. */
export function withDigitOptions(command: Command): Command {
  return command
    .option("--data <dir>", "directory of the MNIST files; by default found or downloaded")
    .addOption(
      new Option("--synthetic", "train on digits that the library draws itself").conflicts("data"),
    );
}

/** MNIST, or digits that the library draws where MNIST is not to be had, saying so. */
export async function loadDigits(options: DigitOptions): Promise<DigitData> {
  if (options.synthetic) return syntheticMnist({ seed: options.seed });
  try {
    return await mnist({ directory: options.data });
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_NABLA_UNAVAILABLE") throw error;
    console.log(`${(error as Error).message}\nTraining on synthetic digits instead.`);
    return syntheticMnist({ seed: options.seed });
  }
}

/** Throws if a set has fewer images than `--images` asks for. */
export function checkImages(set: DigitSet, images: number): void {
  const available = set.images.shape[0];
  if (images <= available) return;
  throw new RangeError(`expected at most ${available} for --images but received ${images}`);
}

/** MNIST from a directory; without one digits that the library draws, saying so. */
export async function digitsFrom(directory: string | undefined, seed: number): Promise<DigitData> {
  if (directory !== undefined) return mnist({ directory });
  console.log("No --data: training on synthetic digits, which are easier than MNIST's.");
  return syntheticMnist({ seed });
}

/** The first images of a set, all of them if it has fewer. */
export function firstOf({ images, labels }: DigitSet, count: number): DigitSet {
  const part = (set: Tensor): Tensor => set.slice([0], [Math.min(count, set.shape[0])]);
  return { images: part(images), labels: part(labels) };
}

/** The first image of each digit, [10, 28, 28]. */
export function oneOfEach({ images, labels }: DigitSet): Tensor {
  const values = Array.from(labels.data());
  const rows = Array.from({ length: 10 }, (_, digit) => values.indexOf(digit));
  return images.gather(tensor(rows, [10], "int32"));
}
