/** The options of programs that train on digits, and the digits that they stand for. */

import { Command, Option } from "commander";
import { type DigitData, type DigitSet, mnist, syntheticMnist } from "nabla";

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
