/** The public functions of the families in `families.ts`. */

export * from "./cumulative";
export * from "./functions";
export * from "./gathering";
export * from "./logic";
export * from "./statistics";
