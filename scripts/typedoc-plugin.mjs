/**
 * Gives the API pages what TypeScript knows and TypeDoc does not copy: methods of tensors have the text of
 * the function, setters that of the getter, and values of options that of the option.
 */

import { Comment, Converter, ReflectionKind } from "typedoc";

/** What the options of a weight are for, by the end of their names. */
const WEIGHT_OPTIONS = [
  [/^(\w+)Initializer$/, (weight) => `How ${weight} starts: an initializer or its name.`],
  [
    /^(\w+)Regularizer$/,
    (weight) => `A penalty on ${weight} that training adds to the loss; none.`,
  ],
  [/^(\w+)Constraint$/, (weight) => `What is applied to ${weight} after each update; none.`],
];

function weightOption({ name }) {
  const [pattern, text] = WEIGHT_OPTIONS.find(([ending]) => ending.test(name)) ?? [];
  return pattern && new Comment([{ kind: "text", text: text(pattern.exec(name)[1]) }]);
}

/** The text of the function that a method of tensors calls. */
function functionOf(method, project) {
  if (!["Tensor", "Variable", "SymbolicTensor"].includes(method.parent?.name)) return undefined;
  const comment = project.getChildByName([method.name])?.signatures?.[0].comment?.clone();
  comment?.removeTags("@param"); // the first argument is the tensor itself
  return comment;
}

/** The text of an option, or of an argument, of the class whose `options` has its value. */
function optionOf(value) {
  const options = value.parent?.parent;
  if (options?.name !== "options") return undefined;
  const made = options.parent?.children?.find(({ kind }) => kind === ReflectionKind.Constructor);
  const [signature] = made?.signatures ?? [];
  const argument = signature?.comment?.blockTags.find(({ name }) => name === value.name);
  if (argument !== undefined) return new Comment(argument.content);
  return signature?.parameters?.at(-1)?.type?.reflection?.getChildByName([value.name])?.comment;
}

/** Called by TypeDoc. */
export function load(app) {
  // Before comments are inherited and links resolved.
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const reflection of Object.values(project.reflections)) {
      if (reflection.setSignature && reflection.getSignature) {
        reflection.setSignature.comment ??= reflection.getSignature.comment?.clone();
      }
      if (reflection.kind !== ReflectionKind.Property || reflection.hasComment()) continue;
      const comment =
        functionOf(reflection, project) ?? optionOf(reflection) ?? weightOption(reflection);
      if (comment !== undefined) reflection.comment = comment.clone();
    }
  });
}
