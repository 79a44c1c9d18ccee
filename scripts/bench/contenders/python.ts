/** The Python peers: each runs by the first interpreter that can import it. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { BENCH } from "../paths";
import { childContender } from "./child-contender";
import type { Contender, Task } from "./contender";
import { PYTORCH } from "./names";

const VENV = join(BENCH, ".venv");

/** Interpreters in the order in which they are tried; NABLA_PYTHON may name several. */
function interpreters(): string[] {
  const inVenv = process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python3"];
  const candidates = [
    ...(process.env.NABLA_PYTHON ?? "").split(delimiter),
    join(VENV, ...inVenv),
    "python3",
  ];
  if (process.platform !== "win32") candidates.push("/usr/bin/python3");
  return candidates.filter((name) => name !== "");
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
  /** What it imports, the library first. */
  modules: readonly string[];
  program: string;
  mode?: string;
  runs?: (task: Task) => boolean;
}

const isEpoch = ({ kind }: Task): boolean => kind === "epoch" || kind === "tutorial";
const isOfPictures = ({ network }: Task): boolean => network !== undefined;
const isDense = (task: Task): boolean => !isOfPictures(task);

const TORCH = { modules: ["torch"], program: "peer_pytorch.py" };
const TENSORFLOW = { modules: ["tensorflow"], program: "peer_tensorflow.py" };
const JAX = { modules: ["jax"], program: "peer_jax.py" };

function keras(backend: string): Omit<PythonPeer, "name"> {
  const program = "peer_keras.py";
  return { modules: ["keras", backend], program, mode: backend, runs: isOfPictures };
}

const PEERS: readonly PythonPeer[] = [
  { name: PYTORCH, ...TORCH },
  { name: "PyTorch channels last", ...TORCH, mode: "channels_last", runs: isOfPictures },
  { name: "PyTorch compile", ...TORCH, mode: "compile" },
  { name: "TensorFlow function", ...TENSORFLOW, runs: isDense },
  { name: "TensorFlow XLA", ...TENSORFLOW, mode: "xla", runs: isDense },
  { name: "JAX jit", ...JAX, runs: isDense },
  { name: "JAX scan", ...JAX, mode: "scan", runs: isEpoch },
  { name: "Keras on TensorFlow", ...keras("tensorflow") },
  { name: "Keras on JAX", ...keras("jax") },
];

/** Each Python peer on each number of threads. */
export function pythonContenders(threadCounts: readonly number[]): Promise<Contender>[] {
  const found = new Map<string, string | undefined>();
  const pythonFor = (modules: readonly string[]): string | undefined => {
    const key = modules.join();
    if (!found.has(key)) {
      found.set(
        key,
        interpreters().find((python) => canImport(python, [...modules, "numpy"])),
      );
    }
    return found.get(key);
  };
  return PEERS.flatMap((peer) =>
    threadCounts.map((threads) => {
      const python = pythonFor(peer.modules);
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
        note:
          python === undefined ? `no Python here imports ${peer.modules.join(" and ")}` : undefined,
        env: { OMP_NUM_THREADS: String(threads), PYTHONDONTWRITEBYTECODE: "1" },
      });
    }),
  );
}
