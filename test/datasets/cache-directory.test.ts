import { join } from "node:path";

import { cacheDirectory } from "../../src/datasets/cache-directory";

const HOME = join("/", "home", "ada");

test("Linux follows the XDG base directories", () => {
  const own = join("/", "var", "ada");
  expect(cacheDirectory("linux", { XDG_CACHE_HOME: own }, HOME)).toBe(join(own, "nabla"));
  expect(cacheDirectory("linux", {}, HOME)).toBe(join(HOME, ".cache", "nabla"));
  // The specification has relative paths ignored; an empty variable counts as unset.
  for (const ignored of ["relative", ""]) {
    const environment = { XDG_CACHE_HOME: ignored };
    expect(cacheDirectory("linux", environment, HOME)).toBe(join(HOME, ".cache", "nabla"));
  }
});

test("macOS", () => {
  const environment = { XDG_CACHE_HOME: "/var/ada" };
  expect(cacheDirectory("darwin", environment, HOME)).toBe(
    join(HOME, "Library", "Caches", "nabla"),
  );
});

test("Windows", () => {
  const local = join("C:", "Users", "ada", "Local");
  expect(cacheDirectory("win32", { LOCALAPPDATA: local }, HOME)).toBe(join(local, "nabla"));
  expect(cacheDirectory("win32", {}, HOME)).toBe(join(HOME, "AppData", "Local", "nabla"));
});
