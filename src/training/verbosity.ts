/**
 * How much `fit` tells. 0: nothing. 1: a bar within the epoch where stderr is a terminal, and a line
 * an epoch. 2: lines.
 */
export type Verbosity = 0 | 1 | 2;
