import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "..", "..");

/** A PATH of its own: the few real commands that the set-up needs, and stubs that log their calls. */
class StubbedPath {
  readonly directory = mkdtempSync(join(tmpdir(), "nabla-path-"));
  readonly marker = join(this.directory, "openblas-installed");
  private readonly log = join(this.directory, "log");

  constructor() {
    for (const command of ["sh", "dirname", "env", "find", "touch"]) this.link(command);
    symlinkSync(process.execPath, join(this.directory, "node"));
  }

  private link(command: string): void {
    const { stdout } = spawnSync("/bin/sh", ["-c", `command -v ${command}`], { encoding: "utf8" });
    symlinkSync(stdout.trim(), join(this.directory, command));
  }

  /** A command that logs how it was called and then runs `body`. */
  stub(command: string, body = "exit 0"): void {
    const file = join(this.directory, command);
    rmSync(file, { force: true });
    writeFileSync(file, `#!/bin/sh\necho "${command} $*" >> "${this.log}"\n${body}\n`);
    chmodSync(file, 0o755);
  }

  /** The calls of the stubs named, in order. */
  calls(...commands: string[]): string[] {
    if (!existsSync(this.log)) return [];
    const lines = readFileSync(this.log, "utf8").trim().split("\n");
    return lines.filter((line) => commands.includes(line.split(" ")[0]));
  }

  run(checkout: string, settings: NodeJS.ProcessEnv = {}) {
    const { CXX, NABLA_OPENBLAS_ROOT, OpenBLAS_ROOT, CMAKE_PREFIX_PATH, ...environment } =
      process.env;
    return spawnSync("/bin/sh", [join(checkout, "scripts", "setup.sh")], {
      env: { ...environment, ...settings, PATH: this.directory },
      encoding: "utf8",
    });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}

let path: StubbedPath;
beforeEach(() => {
  path = new StubbedPath();
});
afterEach(() => {
  path.remove();
});

describe("setup.sh in a bare checkout without OpenBLAS", () => {
  let checkout: string;

  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), "nabla-checkout-"));
    for (const name of ["scripts", "bin"])
      cpSync(join(root, name), join(checkout, name), { recursive: true });
    cpSync(join(root, "package.json"), join(checkout, "package.json"));
    cpSync(join(root, "package-lock.json"), join(checkout, "package-lock.json"));
    mkdirSync(join(checkout, "native"));
    path.stub("cmake");
    path.stub("make");
    // A compiler that links OpenBLAS only once it is installed.
    path.stub("c++", `case "$*" in *-lopenblas*) test -e "${path.marker}" ;; esac`);
    path.stub("npm", "exit 7"); // the run need not go on from here
    asUser(1000);
  });
  afterEach(() => {
    rmSync(checkout, { recursive: true });
  });

  function asUser(id: number): void {
    path.stub("id", `echo ${id}`);
  }

  test.each([
    ["apt-get", "sudo apt-get install -y --no-install-recommends libopenblas-dev"],
    ["dnf", "sudo dnf install -y openblas-devel"],
    ["apk", "sudo apk add openblas-dev"],
  ])("without root or sudo it names the %s command and fails", (manager, command) => {
    path.stub(manager);
    path.stub("sudo", "exit 1");
    const { status, stderr } = path.run(checkout);
    expect(stderr).toContain(command);
    expect(status).toBe(1);
    expect(path.calls(manager, "npm")).toEqual([]);
  });

  test("without a package manager it names the command of every system and fails", () => {
    const { status, stderr } = path.run(checkout);
    expect(stderr).toContain("OpenBLAS not found");
    for (const system of ["Debian, Ubuntu", "Fedora", "Alpine", "macOS", "Windows"]) {
      expect(stderr).toContain(system);
    }
    expect(status).toBe(1);
  });

  test("OpenBLAS in the folder that NABLA_OPENBLAS_ROOT names is found and nothing is installed", () => {
    path.stub("c++", 'case "$*" in *-L/odd/place/lib*) ;; *-lopenblas*) exit 1 ;; esac');
    path.stub("apt-get");
    const { status } = path.run(checkout, { NABLA_OPENBLAS_ROOT: "/odd/place" });
    expect(path.calls("apt-get")).toEqual([]);
    expect(status).toBe(7);
  });

  test("a NABLA_OPENBLAS_ROOT without OpenBLAS is named in the message", () => {
    const { status, stderr } = path.run(checkout, { NABLA_OPENBLAS_ROOT: "/odd/place" });
    expect(stderr).toContain("OpenBLAS not found");
    expect(stderr).toContain("NABLA_OPENBLAS_ROOT: it names /odd/place");
    expect(status).toBe(1);
  });

  test("as root it installs what is missing, then goes on to the npm packages", () => {
    asUser(0);
    path.stub("apt-get", `test "$1" = update || touch "${path.marker}"`);
    const { status } = path.run(checkout);
    expect(path.calls("apt-get", "npm")).toEqual([
      "apt-get update",
      "apt-get install -y --no-install-recommends libopenblas-dev",
      expect.stringMatching(/^npm ci --ignore-scripts/),
    ]);
    expect(status).toBe(7);
  });

  test("with sudo rights it installs through sudo", () => {
    path.stub("sudo", 'shift; "$@"');
    path.stub("apt-get", `test "$1" = update || touch "${path.marker}"`);
    path.run(checkout);
    expect(path.calls("sudo").join("\n")).toContain("apt-get install -y");
    expect(path.calls("apt-get")).toHaveLength(2);
  });

  test("an installation that fails stops it and repeats the command", () => {
    asUser(0);
    path.stub("apt-get", "exit 100");
    const { status, stderr } = path.run(checkout);
    expect(stderr).toContain("could not install libopenblas-dev");
    expect(stderr).toContain("sudo apt-get install -y");
    expect(status).toBe(1);
    expect(path.calls("npm")).toEqual([]);
  });

  test("an old Node.js is refused by its version", () => {
    path.stub("node", "echo 18.20.4");
    const { status, stderr } = path.run(checkout);
    expect(stderr).toContain("expected Node.js 20 or newer but found 18.20.4");
    expect(status).toBe(1);
  });
});

test("setup.sh has nothing to do, and says nothing, in a checkout that is set up", () => {
  const results = ["build/Release/nabla.node", "dist/nabla/index.js"].map((name) =>
    join(root, name),
  );
  const times = () => results.map((file) => statSync(file).mtimeMs);
  const commands = ["npm", "cmake", "c++", "make", "ninja", "apt-get", "sudo"];
  for (const command of commands) path.stub(command, "exit 1");
  const before = times();
  expect(path.run(root)).toMatchObject({ status: 0, stdout: "", stderr: "" });
  expect(path.calls(...commands)).toEqual([]);
  expect(times()).toEqual(before);
});
