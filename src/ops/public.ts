/** The public functions of the families in `families.ts`. */

export * from "./cumulative";
export * from "./einsum";
export * from "./functions";
export * from "./gathering";
export * from "./custom-gradient";
export * from "./logic";
export * from "./sorting";
export * from "./statistics";
export * from "./striding";
