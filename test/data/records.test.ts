import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CsvOptions, TableError, csvRecords, jsonLinesRecords } from "../../src";
import { readMutated } from "../helpers/mutated-tables";

let directory: string;
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), "nabla-records-"))));
afterAll(() => rmSync(directory, { recursive: true }));

function file(content: string | Buffer): string {
  const path = join(directory, "table");
  writeFileSync(path, content);
  return path;
}

async function all<T>(records: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const record of records) found.push(record);
  return found;
}

const csv = (content: string, options?: CsvOptions) => all(csvRecords(file(content), options));

const TABLE = 'name,mass,note\nAda,1.5,"a, b"\n"Bob ""B""",NA,"two\nlines"\nCy,-2e3,\n';

test("csvRecords gives numbers, texts and nulls, of quoted fields too", async () => {
  const expected = [
    { name: "Ada", mass: 1.5, note: "a, b" },
    { name: 'Bob "B"', mass: null, note: "two\nlines" },
    { name: "Cy", mass: -2000, note: null },
  ];
  expect(await csv(TABLE)).toEqual(expected);
  expect(await csv(`\uFEFF${TABLE.replaceAll(",\n", ",\n\n")}`)).toEqual(expected);
  expect(await csv("1;x\n2;y\n", { header: false, delimiter: ";" })).toEqual([
    { column0: 1, column1: "x" },
    { column0: 2, column1: "y" },
  ]);
  expect(await csv("zip\n0123\n", { textColumns: ["zip"] })).toEqual([{ zip: "0123" }]);
  expect(await csv("a\n-\n1\n", { missingValues: ["-"] })).toEqual([{ a: null }, { a: 1 }]);
  expect(await csv("")).toEqual([]);
  expect(await csv("a,b\n")).toEqual([]);
});

test("csvRecords names line and column of what is wrong", async () => {
  const table = "a,b\n1,2\n3,x\n";
  await expect(csv(table, { inferRows: 1 })).rejects.toThrow(/line 3, column b: expected a number/);
  await expect(csv("a,b\n1,2\n1,2,3\n")).rejects.toThrow(
    /line 3, column \d+: Invalid Record Length/,
  );
  await expect(csv('a,b\n1,"2\n')).rejects.toThrow(/line \d+, column \d+: Quote Not Closed/);
  await expect(csv("a,a\n1,2\n")).rejects.toThrow(/line 1, column 2: expected a name/);
  await expect(csv(`a\n${"x".repeat(200)}\n`, { maxRecordBytes: 100 })).rejects.toThrow(TableError);
  await expect(all(csvRecords(join(directory, "none")))).rejects.toThrow("ENOENT");
});

test("jsonLinesRecords gives objects, and names line and column of what is wrong", async () => {
  const lines = (content: string, options = {}) => all(jsonLinesRecords(file(content), options));
  expect(await lines('{"a": 1}\r\n\n{"a": "x"}')).toEqual([{ a: 1 }, { a: "x" }]);
  await expect(lines('{"a": 1}\n{"a": ?}\n')).rejects.toThrow(/line 2, column \d+: /);
  await expect(lines('{"a": 1}\n[1]\n')).rejects.toThrow("line 2, column 1: expected an object");
  await expect(lines(`{"a":"${"x".repeat(99)}"}`, { maxRecordBytes: 50 })).rejects.toThrow(
    "line 1",
  );
});

test("mutated files end in records or a TableError", async () => {
  const { read, refused } = await readMutated(300, 7, 10_000);
  expect(read).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(20);
});

test("a file streams in little memory", () => {
  const bytes = process.env.NABLA_TEST_CSV_BYTES ?? "2000000";
  const root = join(__dirname, "..", "..");
  const run = spawnSync(process.execPath, ["scripts/check-csv.js", "--bytes", bytes], {
    ...{ cwd: root, encoding: "utf8" },
  });
  expect(run).toMatchObject({ status: 0, stderr: "" });
  expect(run.stdout).toMatch(/ rows in .* s: at most \d+ MiB of memory/);
});
