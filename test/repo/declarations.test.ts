/**
 * The types of the compiled package, as a strict project sees them that checks libraries too: what is meant
 * for the library alone is stripped, and nothing that programs of users' own need is.
 */

import { join } from "node:path";
import { ModuleKind, ModuleResolutionKind, ScriptTarget, createProgram } from "typescript";
import { createCompilerHost, createSourceFile, flattenDiagnosticMessageText } from "typescript";
import { ROOT } from "../helpers/scratch-copy";

const PROGRAM = `
import {
  type Config, type LayerOptions, type Tensor, type Variable, Callback, Dense, Layer, Sequential,
  initializers, losses, metrics, optimizers, register, tensor,
} from "./dist/nabla";

class Scale extends Layer<{ initial?: number }> {
  factor: Variable | null = null;
  constructor(options: LayerOptions & { initial?: number } = {}) {
    super(options, ["initial"]);
  }
  override build(inputShape: readonly (number | null)[]): void {
    const initializer = initializers.constant({ value: this.options.initial ?? 1 });
    this.factor = this.addWeight("factor", [inputShape.at(-1)!], { initializer });
  }
  forward(x: Tensor): Tensor {
    return x.mul(this.factor!);
  }
}
register("Scale", Scale);

class Quantile extends losses.Loss<{ quantile?: number }> {
  constructor(options: losses.LossOptions & { quantile?: number } = {}) {
    super(options, ["quantile"]);
  }
  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return yTrue.sub(yPred).abs().mul(this.options.quantile ?? 0.5).mean(-1);
  }
}
register("Quantile", Quantile);

class Worst extends metrics.Metric {
  override readonly direction = "min";
  readonly #worst = this.addVariable("worst");
  protected accumulate(yTrue: Tensor, yPred: Tensor): void {
    this.#worst.assign(this.#worst.maximum(yPred.sub(yTrue).abs().max().cast("float64")));
  }
  result(): number {
    return this.#worst.item();
  }
}
register("Worst", Worst);

class Plain extends optimizers.Optimizer {
  protected updateOne(
    weight: Variable,
    gradient: Tensor,
    _slots: optimizers.Slots,
    step: optimizers.StepScalars,
  ): void {
    weight.assignSub(gradient.mul(step.rate(weight.dtype)));
  }
}
register("Plain", Plain);

class Count extends Callback {
  epochs = 0;
  onEpochEnd(): void {
    this.epochs++;
  }
}

export async function train(): Promise<Config> {
  const model = new Sequential([new Scale({ initial: 2 }), new Dense(1)]);
  model.compile({ optimizer: new Plain(0.1), loss: new Quantile(), metrics: [new Worst(), "mae"] });
  await model.fit([[1, 2]], [[3]], { epochs: 2, callbacks: new Count() });
  // @ts-expect-error: the native handle is the library's own
  void tensor([1]).handle;
  return model.config();
}
`;

test.each([
  ["with Node's types", ["node"], []],
  ["without Node's types", [], ["lib.dom.d.ts"]],
])("a strict project compiles against the package's types, %s", (_, types, more) => {
  const file = join(ROOT, "program.ts");
  const lib = ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts", ...more];
  const options = {
    ...{ strict: true, noImplicitOverride: true, noEmit: true, types },
    ...{ target: ScriptTarget.ES2022, lib },
    ...{ module: ModuleKind.Node16, moduleResolution: ModuleResolutionKind.Node16 },
  };
  const host = createCompilerHost(options);
  const plain = createCompilerHost(options);
  host.getSourceFile = (name, languageVersion, ...others) =>
    name === file
      ? createSourceFile(name, PROGRAM, languageVersion)
      : plain.getSourceFile(name, languageVersion, ...others);
  host.fileExists = (name) => name === file || plain.fileExists(name);
  const program = createProgram([file], options, host);
  const faults = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName === file || fileName.startsWith(join(ROOT, "dist", "nabla")))
    .flatMap((source) => program.getSemanticDiagnostics(source))
    .map(
      ({ file: at, messageText }) =>
        `${at?.fileName}: ${flattenDiagnosticMessageText(messageText, "\n")}`,
    );
  expect(faults).toEqual([]);
});
