/** The public functions of the families in `families.ts`. */

export * from "./functions";
export * from "./logic";
