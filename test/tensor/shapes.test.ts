import { frozen, shapeFrom } from "../../src/tensor/shapes";

describe("shapes", () => {
  it("are one frozen list for the same sizes", () => {
    const shape = frozen([2, 3]);
    expect(shape).toEqual([2, 3]);
    expect(Object.isFrozen(shape)).toBe(true);
    expect(frozen([2, 3])).toBe(shape);
    expect(shapeFrom(Float64Array.of(9, 2, 3, 4), 1, 2)).toBe(shape);
  });

  it("do not follow the list of the caller", () => {
    const list = [5, 6];
    const shape = frozen(list);
    list[0] = 7;
    expect(shape).toEqual([5, 6]);
  });

  it("keep sizes that are not known as null", () => {
    expect(frozen([null as unknown as number, 4])).toEqual([null, 4]);
    expect(shapeFrom(Float64Array.of(-1, 4), 0, 2)).toEqual([null, 4]);
  });

  it("have 0 for -0, which would be the size of others' empty tensors too", () => {
    expect(frozen([-0, 17])).toEqual([0, 17]);
    expect(frozen([0, 17])).toEqual([0, 17]);
  });

  it("are told apart, however many there are", () => {
    const lists = [[], ...Array.from({ length: 3000 }, (_, i) => [i % 7, i, (i * i) % 1000])];
    for (const list of [...lists, ...lists]) expect(frozen(list)).toEqual(list);
    expect(frozen([2])).toEqual([2]);
    expect(frozen([2, 0])).toEqual([2, 0]);
  });
});
