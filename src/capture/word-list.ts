/** The most words that a list keeps room for until its next use. */
const MOST_KEPT = 2 ** 17;

/** A list of numbers that grows, in memory that no garbage collection walks through. */
export class WordList {
  /** Those before `length` count. */
  words = new Float64Array(2 ** 10);
  length = 0;

  /** Lists that are not in use. */
  private static readonly idle: WordList[] = [];

  /** An empty list, to be given back. */
  static take(): WordList {
    return WordList.idle.pop() ?? new WordList();
  }

  giveBack(): void {
    if (this.words.length > MOST_KEPT) return;
    this.length = 0;
    WordList.idle.push(this);
  }

  /** From here on there is room for so many more. */
  makeRoom(count: number): void {
    const needed = this.length + count;
    if (needed <= this.words.length) return;
    const larger = new Float64Array(2 * needed);
    larger.set(this.words);
    this.words = larger;
  }

  /** Copies the list to a position of other words; returns the next position. */
  copyTo(target: Float64Array, at: number): number {
    target.set(this.words.subarray(0, this.length), at);
    return at + this.length;
  }
}
