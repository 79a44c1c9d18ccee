/**
 * A forecast: the next day, hour by hour, from the week before. The seasonal baseline, which says that
 * tomorrow is as today, is what it has to beat.
 *
 *   npm run example time-series
 */

import { Dense, Sequential, type Tensor, randomNormal, tensor } from "nabla";

import {
  type ExampleOptions,
  csvFile,
  exampleCommand,
  numbersOf,
  rmse,
  runExample,
} from "../scripts/example-program";

const DAY = 24;
const WEEK = 7 * DAY;

/** Hours of a load: a day's swing that is weaker at weekends, a week's, a trend, and noise. */
function madeUp(hours: number): number[] {
  return Array.from(randomNormal([hours]).data(), (noise, hour) => {
    const day = Math.sin((2 * Math.PI * hour) / DAY) + 0.4 * Math.sin((4 * Math.PI * hour) / DAY);
    const isWeekend = Math.floor(hour / DAY) % 7 >= 5;
    const week = Math.cos((2 * Math.PI * hour) / WEEK);
    return 50 + 10 * day * (isWeekend ? 0.6 : 1) + 4 * week + hour / 2000 + 2 * noise;
  });
}

interface Windows {
  x: Tensor;
  y: Tensor;
  /** The day before the one that is asked for. */
  baseline: number[];
  truth: number[];
}

/** Windows whose forecasts begin at hours from `first` to `last` - 1. */
function windowsOf(series: readonly number[], first: number, last: number, scale: Scale): Windows {
  const begins = Array.from({ length: last - first }, (_, i) => first + i);
  const between = (from: number, to: number): number[][] =>
    begins.map((begin) => series.slice(begin + from, begin + to));
  const scaled = (rows: number[][]): Tensor =>
    tensor(rows.map((row) => row.map((value) => (value - scale.mean) / scale.deviation)));
  const truth = between(0, DAY);
  return {
    x: scaled(between(-WEEK, 0)),
    y: scaled(truth),
    baseline: between(-DAY, 0).flat(),
    truth: truth.flat(),
  };
}

interface Scale {
  mean: number;
  deviation: number;
}

function scaleOf(values: readonly number[]): Scale {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, deviation: rmse(values, new Array<number>(values.length).fill(mean)) };
}

async function main({ epochs, ...options }: ExampleOptions): Promise<object> {
  const file = csvFile({ epochs, ...options }, "series.csv");
  const series = file === undefined ? madeUp(26 * WEEK) : (await numbersOf(file, ["value"])).value;
  const tested = Math.floor(0.8 * series.length); // what comes later is not seen in training
  const scale = scaleOf(series.slice(0, tested));
  const train = windowsOf(series, WEEK, tested - DAY + 1, scale);
  const test = windowsOf(series, tested, series.length - DAY + 1, scale);

  const model = new Sequential([new Dense(64, { activation: "relu" }), new Dense(DAY)]);
  model.compile({ optimizer: "adam", loss: "mse" });
  await model.fit(train.x, train.y, { epochs, validationData: [test.x, test.y], verbose: 2 });

  const predicted = (await model.predict(test.x)).data();
  const values = Array.from(predicted, (value) => value * scale.deviation + scale.mean);
  const [error, baseline] = [rmse(values, test.truth), rmse(test.baseline, test.truth)];
  console.log(`seasonal baseline: RMSE ${baseline.toFixed(3)}`);
  console.log(
    `network: RMSE ${error.toFixed(3)}, ${(100 * (1 - error / baseline)).toFixed(1)} % less`,
  );
  return { rmse: error, baseline };
}

const command = exampleCommand("time-series", {
  description: "Forecasts the next day of a series, beside the seasonal baseline.",
  data: "series.csv with a column value, an hour a line; without it a series is made up",
  epochs: 20,
});
runExample(command, main);
