"""Dense and its kin, and layers without weights that belong to no other file."""

ACTIVATIONS = ["relu", "tanh", "sigmoid", "softmax", "elu", "gelu", "silu", "leaky_relu"]


def activation_of(draw):
    return {"activation": lambda: draw.choice(ACTIVATIONS), "use_bias": False}


def leading(draw):
    """[batch], [batch, time], ... before the features."""
    return [draw.dim(2, 5) for _ in range(draw.choice([1, 1, 2, 3]))]


def dense(draw):
    return {
        "args": [draw.dim(1, 6)],
        "options": draw.some(activation_of(draw), 0.5),
        "inputs": [(*leading(draw), draw.dim(2, 6))],
    }


EQUATIONS = [
    # equation, output shape, biases, input shape; a letter stands for its dimension
    ("ab,bc->ac", "c", ["c"], "ab"),
    ("abc,cd->abd", ".d", ["d", "bd"], "abc"),
    ("abc,cde->abde", ".de", ["e", "de", "d"], "abc"),
    ("abcd,cde->abe", ".e", ["e"], "abcd"),
    ("...x,xy->...y", "y", ["y"], "abx"),
]


def einsum_dense(draw):
    equation, output, biases, letters = draw.choice(EQUATIONS)
    dims = {letter: draw.dim(2, 4) for letter in "abcdexy"}
    # None stands for an axis that is as long as it comes.
    shape = [None if letter == "." else dims[letter] for letter in output]
    if "e" in output and dims["d"] in (dims["b"], dims["e"]):
        # Keras on TensorFlow takes a bias [d, 1] for one of another axis that is as long.
        biases = [axes for axes in biases if axes != "d"]
    options = draw.some(
        {"bias_axes": lambda: draw.choice(biases), "activation": lambda: draw.choice(ACTIVATIONS)}
    )
    return {
        "args": [equation, shape if len(shape) > 1 else shape[0]],
        "options": options,
        "inputs": [tuple(dims[letter] for letter in letters)],
    }


def activation(draw):
    return {"args": [draw.choice(ACTIVATIONS)], "inputs": [(*leading(draw), draw.dim(2, 6))]}


def plain(draw):
    return {"inputs": [(*leading(draw), draw.dim(2, 6))]}


def rescaling(draw):
    options = draw.some({"offset": lambda: draw.number(-2, 2)})
    return {"args": [draw.number(0.01, 3)], "options": options, "inputs": plain(draw)["inputs"]}


DRAWS = {
    "Activation": activation,
    "ActivityRegularization": lambda draw: {
        **plain(draw),
        "options": draw.some({"l1": lambda: draw.number(0, 0.1), "l2": lambda: draw.number(0, 0.1)}),
    },
    "Dense": dense,
    "EinsumDense": einsum_dense,
    "Identity": plain,
    "Rescaling": rescaling,
}
