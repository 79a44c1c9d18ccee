export { gradcheck, type GradcheckOptions, type GradcheckReport } from "./gradcheck";
export type { GradientElement } from "./compare";
export {
  numericalGradient,
  type DifferenceScheme,
  type NumericalGradientOptions,
} from "./numerical-gradient";
export type { TensorFunction } from "./point";
