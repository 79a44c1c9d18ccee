/** The labs' tables and figures. */

import { PNG } from "pngjs";

import { type Panel, drawFigure } from "../../scripts/labs/figure";
import { drawPictures, encodePng } from "../../scripts/labs/pictures";
import { formatNumber, formatTable } from "../../scripts/labs/table";

describe("tables", () => {
  test("numbers stand flush right, text flush left", () => {
    const table = formatTable(
      ["layer", "norm"],
      [
        ["dense1", 0.03125],
        ["out", 1234],
      ],
    );
    expect(table.split("\n")).toEqual([
      "layer      norm",
      "------  -------",
      "dense1  0.03125",
      "out       1,234",
    ]);
  });

  test.each([
    [0, "0"],
    [12345, "12,345"],
    [0.0123456, "0.01235"],
    [0.00012345, "1.23e-4"],
    [-1234567.8, "-1.23e+6"],
    [NaN, "NaN"],
    [Infinity, "Infinity"],
  ])("%d is written %s", (value, text) => expect(formatNumber(value)).toBe(text));
});

describe("figures", () => {
  const panel = (parts: Partial<Panel>): Panel => ({
    title: "a panel",
    x: { label: "weights" },
    y: { label: "time (s)" },
    series: [
      {
        name: "measured",
        points: [
          [1, 2],
          [2, 4],
        ],
      },
    ],
    ...parts,
  });

  test("hold titles, labels and the legend", () => {
    const two = [
      {
        name: "measured",
        points: [
          [1, 2],
          [2, 4],
        ] as const,
      },
      {
        name: "predicted",
        points: [
          [1, 1],
          [2, 3],
        ] as const,
        style: "dashed" as const,
      },
    ];
    const svg = drawFigure({ title: "a figure", panels: [panel({ series: two })] });
    for (const text of ["a figure", "a panel", "weights", "time (s)", "measured", "predicted"]) {
      expect(svg).toContain(`>${text}</text>`);
    }
    expect(svg).toContain('width="800"');
  });

  test("leave out what a log axis cannot show, and what is not finite", () => {
    const points = [
      [1, 10],
      [2, 0],
      [3, NaN],
      [4, -5],
      [5, 100],
    ] as const;
    const y = { label: "norm", scale: "log" } as const;
    const svg = drawFigure({ title: "", panels: [panel({ y, series: [{ name: "s", points }] })] });
    expect(svg).not.toContain("NaN");
    expect(svg).toContain(">100</text>");
  });

  test("share a legend where all panels have the same series", () => {
    const series = ["a-series", "b-series"].map((name) => ({
      name,
      points: [
        [1, 1],
        [2, 2],
      ] as const,
    }));
    const panels = [panel({ series }), panel({ series })];
    expect(drawFigure({ title: "", panels }).match(/>a-series</g)).toHaveLength(1);
    const other = panel({ series: [...series, { name: "c-series", points: [[1, 1]] }] });
    const svg = drawFigure({ title: "", panels: [panel({ series }), other] });
    expect(svg.match(/>a-series</g)).toHaveLength(2);
  });

  test("refuse to be empty", () => {
    expect(() => drawFigure({ title: "", panels: [] })).toThrow("at least one panel");
  });
});

describe("pictures", () => {
  const pixelsOf = (file: Buffer): number[] => [...PNG.sync.read(file).data];

  test("ink is dark, signs have colours", () => {
    const size = { height: 1, width: 3 };
    expect(pixelsOf(encodePng({ pixels: [0, 5, 10], ...size }))).toEqual([
      ...[255, 255, 255, 255],
      ...[128, 128, 128, 255],
      ...[0, 0, 0, 255],
    ]);
    const [blue, white, red] = [0, 4, 8].map((at) =>
      pixelsOf(encodePng({ pixels: [-2, 0, 2], colors: "diverging", ...size })).slice(at, at + 3),
    );
    expect(white).toEqual([255, 255, 255]);
    expect(blue[2]).toBeGreaterThan(blue[0]);
    expect(red[0]).toBeGreaterThan(red[2]);
  });

  test("of the wrong size are refused", () => {
    expect(() => encodePng({ pixels: [1, 2, 3] })).toThrow(
      "expected 28 x 28 pixels for a picture but received 3 values",
    );
    expect(() => drawPictures({ title: "", rows: [] })).toThrow("at least one picture");
  });

  test("stand in labelled rows, their text escaped", () => {
    const pictures = [{ pixels: [0, 1], height: 1, width: 2, caption: "a<b" }];
    const svg = drawPictures({ title: "T", rows: [{ label: "row & more", pictures }], note: "n" });
    expect(svg).toContain(">row &#38; more</text>");
    expect(svg).toContain(">a&#60;b</text>");
    expect(svg.match(/<image /g)).toHaveLength(1);
  });
});
