"""Layers with chance: by their statistics when training, exactly otherwise."""

ELEMENTS = (100, 20, 30)


def rated(shape):
    def draw_layer(draw):
        return {"args": [draw.number(0.1, 0.8)], **chance(draw, shape)}

    return draw_layer


def chance(draw, shape):
    training = draw.chance(0.7)
    return {"training": training, "chance": True, "inputs": [shape if training else shrunk(shape)]}


def shrunk(shape):
    return tuple(min(dim, 3) for dim in shape)


DRAWS = {
    "AlphaDropout": rated(ELEMENTS),
    "Dropout": rated(ELEMENTS),
    "GaussianDropout": rated(ELEMENTS),
    "GaussianNoise": rated(ELEMENTS),
    "SpatialDropout1D": rated((200, 5, 200)),
    "SpatialDropout2D": rated((200, 2, 2, 200)),
    "SpatialDropout3D": rated((200, 2, 1, 2, 200)),
}
