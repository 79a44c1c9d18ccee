/** NumPy's formats. */

export { npyBytes, readNpy, writeNpy } from "./npy";
export { type NpzOptions, readNpz, writeNpz } from "./npz";
