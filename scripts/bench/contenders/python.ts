/** The Python peers: each runs by the first interpreter that can import it. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { BENCH } from "../paths";
import { childContender } from "./child-contender";
import type { Contender, Task } from "./contender";

const VENV = join(BENCH, ".venv");

/** Interpreters in the order in which they are tried. */
function interpreters(): string[] {
  const inVenv = process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python3"];
  const candidates = [process.env.NABLA_PYTHON, join(VENV, ...inVenv), "python3"];
  if (process.platform !== "win32") candidates.push("/usr/bin/python3");
  return candidates.filter((name): name is string => Boolean(name));
}

function canImport(python: string, modules: readonly string[]): boolean {
  if (python.includes("/") && !existsSync(python)) return false;
  const find = `import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ${JSON.stringify(modules)})))`;
  try {
    execFileSync(python, ["-c", find], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

interface PythonPeer {
  name: string;
  module: string;
  program: string;
  mode?: string;
  runs?: (task: Task) => boolean;
}

const isEpoch = ({ kind }: Task): boolean => kind === "epoch" || kind === "tutorial";

const PEERS: readonly PythonPeer[] = [
  { name: "PyTorch eager", module: "torch", program: "peer_pytorch.py" },
  { name: "PyTorch compile", module: "torch", program: "peer_pytorch.py", mode: "compile" },
  { name: "TensorFlow function", module: "tensorflow", program: "peer_tensorflow.py" },
  { name: "TensorFlow XLA", module: "tensorflow", program: "peer_tensorflow.py", mode: "xla" },
  { name: "JAX jit", module: "jax", program: "peer_jax.py" },
  { name: "JAX scan", module: "jax", program: "peer_jax.py", mode: "scan", runs: isEpoch },
];

/** Each Python peer on each number of threads. */
export function pythonContenders(threadCounts: readonly number[]): Promise<Contender>[] {
  const found = new Map<string, string | undefined>();
  const pythonFor = (module: string): string | undefined => {
    if (!found.has(module)) {
      found.set(
        module,
        interpreters().find((python) => canImport(python, [module, "numpy"])),
      );
    }
    return found.get(module);
  };
  return PEERS.flatMap((peer) =>
    threadCounts.map((threads) => {
      const python = pythonFor(peer.module);
      const { name, runs, mode = "" } = peer;
      const script = join(BENCH, "peers", peer.program);
      return childContender({
        name,
        threads,
        runs,
        command:
          python === undefined
            ? null
            : [python, script, "--threads", String(threads), "--mode", mode],
        note: python === undefined ? `no Python here imports ${peer.module}` : undefined,
        env: { OMP_NUM_THREADS: String(threads), PYTHONDONTWRITEBYTECODE: "1" },
      });
    }),
  );
}
