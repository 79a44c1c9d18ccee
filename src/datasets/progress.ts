/** The progress bar of a download. */

export interface DownloadBar {
  /** Draws the bar; not before `total`, the number of bytes to come, is known. */
  update: (received: number, total: number | undefined) => void;
  stop: () => void;
}

/**
 * A bar on stderr, in kilobytes; undefined if it is not to be shown.
 * @param shown default: where stderr is a terminal
 */
export async function downloadBar(
  name: string,
  shown: boolean = process.stderr.isTTY,
): Promise<DownloadBar | undefined> {
  if (!shown) return undefined;
  // Loaded only here: importing the library should not wait for it.
  const { SingleBar } = await import("cli-progress");
  const bar = new SingleBar({
    format: `${name} [{bar}] {percentage}% of {total} kB, {eta_formatted} left`,
    stream: process.stderr,
    hideCursor: true,
  });
  let started = false;
  return {
    update(received, total) {
      if (total === undefined) return;
      if (!started) bar.start(kilobytes(total), 0);
      started = true;
      bar.update(kilobytes(received));
    },
    stop() {
      if (started) bar.stop();
    },
  };
}

function kilobytes(bytes: number): number {
  return Math.ceil(bytes / 1000);
}
