"""Functional models: shared layers, two inputs, two outputs, models within models."""

from keras_objects import constant, differentiate, keras, made
from recording import tensors

FEATURES = [3, 4, 5]

# Forms in turn: what each of them must hold.
CLASSES = ["chain", "shared", "two inputs", "two outputs", "nested", "mixed"]


class Graph:
    """A graph as data: `layers`, and `calls` of them on the results so far. Results are numbered:
    first the inputs, then one a call."""

    def __init__(self, draw, inputs):
        self.draw = draw
        self.widths = [draw.choice(FEATURES) for _ in range(inputs)]
        self.inputs = inputs
        self.shapes = [[width] for width in self.widths]
        self.layers, self.calls = [], []

    def layer(self, class_name, *args, **options):
        self.layers.append({"className": class_name, "args": list(args), "options": options})
        return len(self.layers) - 1

    def call(self, layer, results, width):
        self.calls.append({"layer": layer, "results": results})
        self.widths.append(width)
        return len(self.widths) - 1

    def dense(self, result):
        draw = self.draw
        width = draw.choice(FEATURES)
        options = draw.some({"activation": lambda: draw.choice(["relu", "tanh", "sigmoid"])})
        return self.call(self.layer("Dense", width, **options), [result], width)

    def merge(self, results):
        """Concatenates, or brings all to one width and adds or multiplies them."""
        name = self.draw.choice(["Concatenate", "Add", "Multiply", "Average", "Maximum"])
        if name == "Concatenate":
            width = sum(self.widths[result] for result in results)
            return self.call(self.layer(name), results, width)
        width = self.draw.choice(FEATURES)
        alike = [
            self.call(self.layer("Dense", width, activation="tanh"), [result], width)
            for result in results
        ]
        return self.call(self.layer(name), alike, width)

    def share(self, first, second):
        """One Dense on two results of the same width."""
        width = self.widths[first]
        if self.widths[second] != width:
            second = self.call(self.layer("Dense", width), [second], width)
        units = self.draw.choice(FEATURES)
        shared = self.layer("Dense", units, activation="tanh")
        return [self.call(shared, [result], units) for result in (first, second)]

    def nest(self, result):
        """A model of one input and one output as a layer."""
        inner = Graph(self.draw, 1)
        inner.widths = [self.widths[result]]
        inner.shapes = [[self.widths[result]]]
        hidden = inner.dense(0)
        end = inner.merge([hidden, inner.dense(hidden)])
        self.layers.append({"className": "Model", "graph": inner.described([end])})
        return self.call(len(self.layers) - 1, [result], inner.widths[end])

    def described(self, outputs):
        return {"shapes": self.shapes, "layers": self.layers, "calls": self.calls, "outputs": outputs}


def drawn(form, draw):
    two = form in ("two inputs", "mixed")
    graph = Graph(draw, 2 if two else 1)
    ends = [graph.dense(i) for i in range(graph.inputs)]
    if form in ("nested", "mixed"):
        ends[0] = graph.nest(ends[0])
    if form in ("shared", "mixed"):
        other = ends[1] if two else graph.dense(0)
        ends = graph.share(ends[0], other)
    for _ in range(draw.integer(0, 2)):
        ends.append(graph.dense(draw.choice(ends)))
    end = graph.merge(ends) if len(ends) > 1 else graph.dense(ends[0])
    outputs = [graph.dense(end)]
    if form in ("two outputs", "mixed"):
        outputs.append(graph.dense(draw.choice(ends)))
    return graph.described(outputs)


class Built:
    """The Keras model of a description, and the layers that it describes, inner ones last."""

    def __init__(self, graph):
        inputs = [keras.Input(tuple(shape)) for shape in graph["shapes"]]
        made_layers, self.weighted = [], []
        for layer in graph["layers"]:
            made_layers.append(self.make(layer))
        results = list(inputs)
        for call in graph["calls"]:
            given = [results[number] for number in call["results"]]
            results.append(made_layers[call["layer"]](given if len(given) > 1 else given[0]))
        outputs = [results[number] for number in graph["outputs"]]
        single = lambda values: values[0] if len(values) == 1 else values
        self.model = keras.Model(single(inputs), single(outputs))

    def make(self, layer):
        if "graph" in layer:
            inner = Built(layer["graph"])
            self.weighted += inner.weighted
            return inner.model
        built = getattr(keras.layers, layer["className"])(*made(layer["args"]), **made(layer["options"]))
        self.weighted.append((layer, built))
        return built


def case(class_name, draw, dtype):
    # The comparison is to 1e-5: in float64.
    keras.config.set_floatx("float64")
    graph = drawn(class_name, draw)
    built = Built(graph)
    variables = []
    for description, layer in built.weighted:
        values = [draw.normal(tuple(weight.shape), 0.6) for weight in layer.weights]
        for weight, value in zip(layer.weights, values):
            weight.assign(value)
        description["weights"] = tensors(values)
        variables += [weight.value for weight in layer.weights]
    samples = draw.dim(2, 4)
    arrays = [draw.normal((samples, *shape)) for shape in graph["shapes"]]
    inputs = [constant(array) for array in arrays]
    outputs, seeds, gradients = differentiate(
        lambda: built.model(inputs if len(inputs) > 1 else inputs[0]), [*inputs, *variables], draw
    )
    return {
        "dtype": "float64",
        "args": [],
        "options": {},
        "graph": graph,
        "inputs": tensors(arrays),
        "seeds": tensors(seeds),
        "outputs": tensors(outputs),
        # Of the weights in the order of `layers`, those of inner models where the model stands.
        "gradients": {
            "inputs": tensors(gradients[: len(inputs)]),
            "weights": tensors(gradients[len(inputs) :]),
        },
    }
