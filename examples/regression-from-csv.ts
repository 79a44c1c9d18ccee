/**
 * Prices of houses, from a CSV file that is read anew in each epoch and never held whole: a table of any
 * size will do.
 *
 *   npm run example regression-from-csv
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  Dataset,
  Dense,
  FeatureSpace,
  Sequential,
  type TableRecord,
  csvRecords,
  randomNormal,
  randomUniform,
} from "nabla";

import {
  type ExampleOptions,
  csvFile,
  exampleCommand,
  rmse,
  runExample,
} from "../scripts/example-program";

const DISTRICTS = ["centre", "north", "harbour", "hills"];

/** Writes houses: id, area, rooms, age, district, price in thousands. Some prices are missing. */
function writeHouses(file: string, count: number): void {
  const uniform = randomUniform([count, 5]).array() as number[][];
  const noise = randomNormal([count]).data();
  const lines = uniform.map(([a, b, c, d, e], i) => {
    const [area, age] = [40 + 160 * a, Math.floor(80 * b)];
    const rooms = Math.max(1, Math.round(area / 30 + 2 * c - 1));
    const place = Math.floor(DISTRICTS.length * d);
    const metre = [5, 3.2, 3.8, 4.4][place] * (1 - 0.004 * age);
    const price = area * metre + 12 * rooms + 15 * noise[i];
    return [
      i,
      area.toFixed(1),
      rooms,
      age,
      DISTRICTS[place],
      e < 0.03 ? "" : price.toFixed(1),
    ].join();
  });
  writeFileSync(file, `id,area,rooms,age,district,price\n${lines.join("\n")}\n`);
}

async function main(options: ExampleOptions): Promise<object> {
  const given = csvFile(options, "houses.csv");
  const directory = given === undefined ? mkdtempSync(join(tmpdir(), "nabla-houses-")) : undefined;
  try {
    const file = given ?? join(directory!, "houses.csv");
    if (given === undefined) writeHouses(file, 8000);
    return await train(file, options);
  } finally {
    if (directory !== undefined) rmSync(directory, { recursive: true });
  }
}

async function train(file: string, { epochs, seed }: ExampleOptions): Promise<object> {
  const sold = Dataset.fromRecords(() => csvRecords(file)).filter(({ price }) => price !== null);
  const isTested = ({ id }: TableRecord): boolean => Number(id) % 5 === 0;
  const [trainRows, testRows] = [sold.filter((row) => !isTested(row)), sold.filter(isTested)];

  const space = new FeatureSpace({
    ...{ area: "floatNormalized", rooms: "floatNormalized", age: "floatNormalized" },
    district: "stringCategorical",
  });
  space.adapt(await trainRows.take(2000).toArrayAsync());
  const batches = (rows: Dataset<TableRecord>, size: number) =>
    rows.group(size).map((group) => ({
      x: space.forward(group),
      y: group.map(({ price }) => [Number(price) / 100]),
    }));

  const model = new Sequential([new Dense(64, { activation: "relu" }), new Dense(1)]);
  model.compile({ optimizer: "adam", loss: "mse", metrics: ["mae"] });
  const [trainSet, testSet] = [
    batches(trainRows.shuffle(2000, { seed }), 64),
    batches(testRows, 256),
  ];
  await model.fit(trainSet.prefetch(2), { epochs, validationData: testSet, verbose: 2 });

  const prices = (await testRows.toArrayAsync()).map(({ price }) => Number(price));
  const predicted = Array.from((await model.predict(testSet)).data(), (value) => 100 * value);
  const mean = prices.reduce((a, b) => a + b, 0) / prices.length;
  const [error, baseline] = [
    rmse(predicted, prices),
    rmse(
      prices,
      prices.map(() => mean),
    ),
  ];
  console.log(
    `${prices.length} houses: RMSE ${error.toFixed(1)}; their mean price ${baseline.toFixed(1)}`,
  );
  return { rmse: error, baseline };
}

const command = exampleCommand("regression-from-csv", {
  description: "Learns prices of houses from a CSV file, record by record.",
  data: "houses.csv with the columns id, area, rooms, age, district, price; without it houses are made up",
  epochs: 20,
});
runExample(command, main);
