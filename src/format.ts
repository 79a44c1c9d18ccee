export function formatArray(
  data: ArrayLike<number>,
  shape: readonly number[],
  dtype: string,
): string {
  return `[${Array.from(data).join(" ")}]`;
}
