"""PyTorch's convolutional networks: eager, compiled, or with channels last."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from pictures import Pictures


class Convnet(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.dense = nn.Linear(1600, 10)
        self.dropout = dropout

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = torch.flatten(F.max_pool2d(F.relu(self.conv2(x)), 2), 1)
        return self.dense(F.dropout(x, self.dropout, self.training and self.dropout > 0))


class Block(nn.Module):
    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, filters, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(filters)
        self.stride, self.added = stride, filters - inputs

    def forward(self, x):
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        if self.stride > 1:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.added))
        return F.relu(x + y)


class Resnet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(16)
        blocks, inputs = [], 16
        for filters in (16, 32, 64):
            for i in range(3):
                blocks.append(Block(inputs, filters, 2 if filters > 16 and i == 0 else 1))
                inputs = filters
        self.blocks = nn.Sequential(*blocks)
        self.dense = nn.Linear(64, 10)

    def forward(self, x):
        return self.dense(self.blocks(F.relu(self.norm(self.conv(x)))).mean((2, 3)))


def assign(model, weights):
    """Weights as Keras has them: kernels [height, width, in, out], dense ones after a flatten of [5, 5, 64]."""
    with torch.no_grad():
        for parameter, weight in zip(model.parameters(), weights):
            if weight.ndim == 4:
                weight = weight.transpose(3, 2, 0, 1)
            elif weight.ndim == 2:
                if weight.shape[0] == 1600:
                    weight = weight.reshape(5, 5, 64, 10).transpose(2, 0, 1, 3).reshape(1600, 10)
                weight = weight.T
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(weight)))


def kinds(mode):
    layout = torch.channels_last if mode == "channels_last" else torch.contiguous_format
    optimize = torch.compile if mode == "compile" else lambda f: f

    def open_network(request):
        pictures = Pictures(request)
        model = Convnet(request["dropout"]) if request["network"] == "convnet" else Resnet()
        assign(model, pictures.weights)
        model = model.to(memory_format=layout)
        x = torch.from_numpy(pictures.x).permute(0, 3, 1, 2).contiguous(memory_format=layout)
        return model, x, torch.from_numpy(pictures.y)

    class Step:
        def __init__(self, request):
            self.model, x, y = open_network(request)
            self.model.train()
            self.batches = list(zip(x.split(request["batch"]), y.split(request["batch"])))
            parameters, rate = self.model.parameters(), request["rate"]
            self.optimizer = (
                torch.optim.Adam(parameters, lr=rate, eps=1e-7)
                if request["network"] == "convnet"
                else torch.optim.SGD(parameters, lr=rate, momentum=0.9)
            )
            self.loss_of = optimize(lambda x, y: F.cross_entropy(self.model(x), y))
            self.next = 0

        def run(self, repeat):
            for _ in range(repeat):
                x, y = self.batches[self.next % len(self.batches)]
                self.next += 1
                self.optimizer.zero_grad()
                self.loss_of(x, y).backward()
                self.optimizer.step()

        def loss(self):
            with torch.no_grad():
                x, y = self.batches[0]
                return F.cross_entropy(self.model(x), y).item()

    class Predict:
        def __init__(self, request):
            model, x, _ = open_network(request)
            model.eval()
            self.x = x[: request["batch"]]
            self.forward = optimize(lambda x: model(x))

        def run(self, repeat):
            with torch.inference_mode():
                for _ in range(repeat):
                    self.forward(self.x).numpy()

    return {"pictureStep": Step, "picturePredict": Predict}
