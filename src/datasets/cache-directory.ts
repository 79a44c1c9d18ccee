/** Where downloaded files are kept. */

import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * nabla's folder in the user's cache directory, whether it exists or not: below LOCALAPPDATA on
 * Windows, ~/Library/Caches on macOS, XDG_CACHE_HOME or ~/.cache elsewhere.
 */
export function cacheDirectory(
  platform: NodeJS.Platform = process.platform,
  environment: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): string {
  return join(userCacheDirectory(platform, environment, home), "nabla");
}

function userCacheDirectory(
  platform: NodeJS.Platform,
  { LOCALAPPDATA, XDG_CACHE_HOME }: NodeJS.ProcessEnv,
  home: string,
): string {
  if (platform === "win32") return LOCALAPPDATA ?? join(home, "AppData", "Local");
  if (platform === "darwin") return join(home, "Library", "Caches");
  // The XDG base directory specification has relative paths ignored.
  if (XDG_CACHE_HOME !== undefined && isAbsolute(XDG_CACHE_HOME)) return XDG_CACHE_HOME;
  return join(home, ".cache");
}
