/** Turns of the event loop that training leaves to others: requests, timers, an abort. */

/** For how long reports of epochs are answered without one, in milliseconds. */
const LONGEST = 10;

// Taken here, since tests of callers may put clocks and timers of their own in their places.
const now = performance.now.bind(performance);
const inNextTurn = setImmediate;

let turned = now();

/** Calls `fn` at once, or in the next turn of the event loop if it waited for none for long. */
export function inTime(fn: () => void): void {
  if (now() - turned < LONGEST) {
    fn();
    return;
  }
  inNextTurn(() => {
    turned = now();
    fn();
  });
}
