import { RandomStream } from "../../src/data/random-stream";
import { fromIterable } from "../../src/data/iterables";
import {
  type Stream,
  Waiting,
  group,
  range,
  repeat,
  shuffle as shuffleBy,
  skip,
  take,
  transform,
} from "../../src/data/stream";

function elementsOf<T>(stream: Stream<T>, epoch = 0, limit = Infinity): T[] {
  const cursor = stream.open(epoch);
  const elements: T[] = [];
  while (elements.length < limit) {
    const element = cursor.next();
    if (element === undefined) break;
    if (element instanceof Waiting) throw new Error("nothing is to be waited for");
    elements.push(element);
  }
  cursor.close();
  return elements;
}

/** With a seed that stands alone. */
function shuffle<T>(
  source: Stream<T>,
  bufferSize: number,
  seed: number,
  reshuffle: boolean,
): Stream<T> {
  return shuffleBy(source, bufferSize, { seed }, reshuffle);
}

const upTo = (length: number): number[] => Array.from({ length }, (_, i) => i);
const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

/** A stream that counts the elements which were handed out and not released. */
function counted(length: number): { stream: Stream<{ id: number }>; live: Set<number> } {
  const live = new Set<number>();
  const stream = transform(
    range(length),
    (id) => {
      live.add(id);
      return { id };
    },
    ({ id }) => expect(live.delete(id)).toBe(true),
  );
  return { stream, live };
}

test("range", () => {
  expect(elementsOf(range(3))).toEqual([0, 1, 2]);
  expect(elementsOf(range(0))).toEqual([]);
});

describe("take and skip", () => {
  test.each([
    [0, [], [0, 1, 2, 3]],
    [1, [0], [1, 2, 3]],
    [4, [0, 1, 2, 3], []],
    [9, [0, 1, 2, 3], []],
  ])("%i of 4", (count, taken, skipped) => {
    expect(elementsOf(take(range(4), count))).toEqual(taken);
    expect(take(range(4), count)).toHaveLength(taken.length);
    expect(elementsOf(skip(range(4), count))).toEqual(skipped);
    expect(skip(range(4), count)).toHaveLength(skipped.length);
  });

  test("cut a series in two", () => {
    const parts = [take(range(10), 4), take(skip(range(10), 4), 3), skip(range(10), 7)];
    expect(parts.flatMap((part) => elementsOf(part))).toEqual(upTo(10));
  });

  test("take reads no further than it must, skip releases what it passes over", () => {
    const { stream, live } = counted(10);
    expect(elementsOf(take(skip(stream, 3), 2)).map(({ id }) => id)).toEqual([3, 4]);
    expect([...live]).toEqual([3, 4]);
  });
});

describe("shuffle", () => {
  const seeds = upTo(20);

  test("every element comes once", () => {
    for (const bufferSize of [1, 2, 7, 50, 99, 100, 1000]) {
      expect(sorted(elementsOf(shuffle(range(100), bufferSize, 1, true)))).toEqual(upTo(100));
    }
    expect(elementsOf(shuffle(range(0), 5, 1, true))).toEqual([]);
  });

  test("a buffer of one changes nothing", () => {
    for (const seed of seeds) expect(elementsOf(shuffle(range(9), 1, seed, true))).toEqual(upTo(9));
  });

  test("output i is among the first i + bufferSize inputs", () => {
    for (const seed of seeds) {
      for (const bufferSize of [2, 5, 30]) {
        elementsOf(shuffle(range(100), bufferSize, seed, true)).forEach((element, i) =>
          expect(element).toBeLessThan(i + bufferSize),
        );
      }
    }
  });

  test("the bound is reached, and the first element may come last", () => {
    const orders = upTo(500).map((seed) => elementsOf(shuffle(range(6), 3, seed, true)));
    expect(orders.some(([first]) => first === 2)).toBe(true);
    expect(orders.some((order) => order[5] === 0)).toBe(true);
  });

  test("draws are uniform over the buffer", () => {
    // With a buffer of b over an endless series an element waits for k further draws with
    // probability (1/b) (1 - 1/b)^k once it is in: its output position is geometric.
    const bufferSize = 4;
    const samples = 20_000;
    const waits = [0, 0, 0];
    for (let seed = 0; seed < samples; seed++) {
      const position = elementsOf(shuffle(range(20), bufferSize, seed, true), 0, 3).indexOf(0);
      if (position >= 0) waits[position]++;
    }
    waits.forEach((count, k) => {
      const probability = (1 / bufferSize) * (1 - 1 / bufferSize) ** k;
      const deviation = Math.sqrt(samples * probability * (1 - probability));
      expect(Math.abs(count - samples * probability)).toBeLessThan(5 * deviation);
    });
  });

  test("a buffer of the whole gives all orders equally often", () => {
    const orders = new Map<string, number>();
    const samples = 24_000;
    for (let seed = 0; seed < samples; seed++) {
      const order = elementsOf(shuffle(range(4), 4, seed, true)).join("");
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(24);
    const chiSquared = [...orders.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(chiSquared).toBeLessThan(23 + 5 * Math.sqrt(2 * 23));
  });

  test("the seed and the epoch fix the order", () => {
    const order = (seed: number, epoch: number, reshuffle = true): number[] =>
      elementsOf(shuffle(range(50), 50, seed, reshuffle), epoch);
    expect(order(1, 0)).toEqual(order(1, 0));
    expect(order(1, 3)).toEqual(order(1, 3));
    expect(order(1, 0)).not.toEqual(order(1, 1));
    expect(order(1, 0)).not.toEqual(order(2, 0));
    expect(order(1, 5, false)).toEqual(order(1, 0, false));
    expect(order(1, 5, false)).not.toEqual(order(2, 5, false));
  });

  test("works on a series without end", () => {
    const first = elementsOf(shuffle(repeat(range(3), Infinity), 5, 1, true), 0, 300);
    expect(first).toHaveLength(300);
    expect(new Set(first)).toEqual(new Set([0, 1, 2]));
  });

  test("releases its buffer when it is closed early", () => {
    const { stream, live } = counted(10);
    const [{ id }] = elementsOf(shuffle(stream, 5, 1, true), 0, 1);
    expect([...live]).toEqual([id]);
  });
});

describe("repeat", () => {
  test("a number of times", () => {
    expect(elementsOf(repeat(range(2), 3))).toEqual([0, 1, 0, 1, 0, 1]);
    expect(elementsOf(repeat(range(2), 0))).toEqual([]);
    expect(elementsOf(repeat(range(0), 3))).toEqual([]);
    expect(repeat(range(2), 3)).toHaveLength(6);
  });

  test("without end, but for an empty series", () => {
    expect(elementsOf(repeat(range(2), Infinity), 0, 5)).toEqual([0, 1, 0, 1, 0]);
    expect(repeat(range(2), Infinity).length).toBe(Infinity);
    expect(elementsOf(repeat(range(0), Infinity))).toEqual([]);
    expect(repeat(range(0), Infinity).length).toBe(0);
    expect(repeat(repeat(range(2), Infinity), 0).length).toBe(0);
  });

  test("after shuffle each round is the shuffle's next epoch", () => {
    const shuffled = shuffle(range(20), 20, 7, true);
    const rounds = [0, 1, 2, 3, 4, 5].map((epoch) => elementsOf(shuffled, epoch));
    expect(elementsOf(repeat(shuffled, 3), 0)).toEqual(rounds.slice(0, 3).flat());
    expect(elementsOf(repeat(shuffled, 3), 1)).toEqual(rounds.slice(3).flat());
    expect(elementsOf(repeat(shuffled, Infinity), 0, 60)).toEqual(rounds.slice(0, 3).flat());
    expect(new Set(rounds.map(String)).size).toBe(6);
  });

  test("epochs of an endless repetition differ", () => {
    const endless = repeat(shuffle(range(20), 20, 7, true), Infinity);
    const beginnings = [0, 1, 2].map((epoch) => String(elementsOf(endless, epoch, 40)));
    expect(new Set(beginnings).size).toBe(3);
  });

  test("without reshuffling all rounds are alike", () => {
    const rounds = elementsOf(repeat(shuffle(range(20), 20, 7, false), 2));
    expect(rounds.slice(20)).toEqual(rounds.slice(0, 20));
  });

  test("before shuffle the rounds mix", () => {
    const shuffled = elementsOf(shuffle(repeat(range(10), 2), 20, 3, true));
    expect(sorted(shuffled)).toEqual(sorted([...upTo(10), ...upTo(10)]));
    expect(sorted(shuffled.slice(0, 10))).not.toEqual(upTo(10));
  });
});

describe("group", () => {
  test.each([
    [7, 3, false, [[0, 1, 2], [3, 4, 5], [6]]],
    [
      7,
      3,
      true,
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    [
      6,
      3,
      true,
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    [2, 3, false, [[0, 1]]],
    [2, 3, true, []],
    [0, 3, false, []],
  ])("%i by %i, dropRemainder %p", (length, size, dropRemainder, expected) => {
    const groups = group(range(length), size, dropRemainder);
    expect(elementsOf(groups)).toEqual(expected);
    expect(groups).toHaveLength(expected.length);
  });

  test("across the rounds of a repetition", () => {
    expect(elementsOf(group(repeat(range(3), 2), 2, false))).toEqual([
      [0, 1],
      [2, 0],
      [1, 2],
    ]);
  });

  test("releases a dropped remainder, and members gathered before a failure", () => {
    const { stream, live } = counted(5);
    const groups = elementsOf(group(stream, 2, true));
    expect(groups).toHaveLength(2);
    expect(sorted([...live])).toEqual([0, 1, 2, 3]);

    const failing = counted(5);
    const cursor = group(
      transform(
        failing.stream,
        (element) => {
          if (element.id === 2) {
            failing.stream.release(element);
            throw new Error("third");
          }
          return element;
        },
        (element) => failing.stream.release(element),
      ),
      4,
      false,
    ).open(0);
    expect(() => cursor.next()).toThrow("third");
    cursor.close();
    expect(failing.live.size).toBe(0);
  });

  test("releases the members of a group that nobody sees", () => {
    const { stream, live } = counted(6);
    elementsOf(skip(group(stream, 2, false), 2));
    expect(sorted([...live])).toEqual([4, 5]);
  });
});

describe("fromIterable", () => {
  const asNumber = (yielded: unknown): number => yielded as number;
  const ignore = (): void => undefined;

  test("asks for a new iterator each time", () => {
    let created = 0;
    const stream = fromIterable(() => (created++, [1, 2]), asNumber, ignore);
    expect(created).toBe(0);
    expect(elementsOf(stream)).toEqual([1, 2]);
    expect(elementsOf(repeat(stream, 2))).toEqual([1, 2, 1, 2]);
    expect(created).toBe(3);
    expect(stream.length).toBeNaN();
  });

  test("closes a generator that is left early, once", () => {
    const log: string[] = [];
    function* generate(): Generator<number> {
      try {
        yield 1;
        yield 2;
      } finally {
        log.push("closed");
      }
    }
    elementsOf(fromIterable(generate, asNumber, ignore), 0, 1);
    expect(log).toEqual(["closed"]);
    elementsOf(fromIterable(generate, asNumber, ignore));
    expect(log).toEqual(["closed", "closed"]);
  });

  test("an endless repetition of nothing ends", () => {
    expect(
      elementsOf(
        repeat(
          fromIterable(() => [], asNumber, ignore),
          Infinity,
        ),
      ),
    ).toEqual([]);
  });
});

test("lengths that are not known stay unknown, unless they are no matter", () => {
  const unknown = fromIterable(
    () => [1],
    (x) => x,
    () => undefined,
  );
  const derived = [take(unknown, 5), skip(unknown, 5), repeat(unknown, 2), group(unknown, 2, true)];
  for (const stream of derived) expect(stream.length).toBeNaN();
  expect(take(unknown, 0)).toHaveLength(0);
  expect(repeat(unknown, 0)).toHaveLength(0);
  expect(take(repeat(range(3), Infinity), 5)).toHaveLength(5);
  expect(skip(repeat(range(3), Infinity), 5).length).toBe(Infinity);
  expect(group(repeat(range(3), Infinity), 5, false).length).toBe(Infinity);
});

test("passing over elements leaves what drawing them leaves, in any composition", () => {
  const random = new RandomStream(11);
  const compose = (): Stream<unknown> => {
    let stream: Stream<unknown> = range(random.below(9));
    for (let depth = random.below(5); depth > 0; depth--) {
      const made: Stream<unknown>[] = [
        take(stream, random.below(12)),
        skip(stream, random.below(4)),
        shuffle(stream, 1 + random.below(5), random.below(100), random.below(2) === 0),
        repeat(stream, random.below(5)),
        group(stream, 1 + random.below(3), random.below(2) === 0),
        transform(stream, (element) => element),
      ];
      stream = made[random.below(made.length)];
    }
    return stream;
  };
  for (let round = 0; round < 3000; round++) {
    const stream = compose();
    const all = elementsOf(stream, 3);
    expect(stream).toHaveLength(all.length);
    const cursor = stream.open(3);
    for (let at = 0; at < all.length + 3;) {
      const passed = random.below(4);
      cursor.pass(passed);
      at += passed;
      for (let drawn = random.below(4); drawn > 0; drawn--) {
        expect(cursor.next()).toEqual(all[at++]);
      }
    }
    cursor.close();
  }
});
