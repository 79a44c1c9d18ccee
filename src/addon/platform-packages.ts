/** The packages that hold a prebuilt addon, one for each platform: their names stand here alone. */

import { familySync } from "detect-libc";

const SCOPE = "@nabla-ml";

/** The platforms with a package, as in its name: system, processor and, on Linux, the C library. */
export const PLATFORMS = [
  "linux-x64-gnu",
  "linux-x64-musl",
  "linux-arm64-gnu",
  "linux-arm64-musl",
  "darwin-arm64",
  "darwin-x64",
  "win32-x64",
];

/** The platform that this process runs on, whether or not there is a package for it. */
export function thisPlatform(): string {
  const { platform, arch } = process;
  if (platform !== "linux") return `${platform}-${arch}`;
  return `${platform}-${arch}-${familySync() === "musl" ? "musl" : "gnu"}`;
}

/** The name of the package for a platform. */
export function packageName(platform: string): string {
  return `${SCOPE}/${platform}`;
}
