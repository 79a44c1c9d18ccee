"""PyTorch as a contender: eager, with `--mode compile` by torch.compile, with `--mode channels_last` pictures in that format."""

import warnings

from protocol import Data, serve, threads

options = threads()

import torch
import torch.nn.functional as F

import pictures_pytorch

torch.set_num_threads(options.threads)
warnings.filterwarnings("ignore")
optimize = (lambda f: torch.compile(f)) if options.mode == "compile" else (lambda f: f)
if options.mode == "compile" and not hasattr(torch, "compile"):
    raise SystemExit("this PyTorch has no torch.compile")


def forward(weights, x):
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2]):
        x = torch.relu(torch.addmm(bias, x, kernel))
    return torch.addmm(weights[-1], x, weights[-2])


class Network:
    def __init__(self, request):
        data = Data(request)
        self.data = data
        self.x = torch.from_numpy(data.images)
        self.y = torch.from_numpy(data.labels)
        self.weights = [torch.from_numpy(w).requires_grad_() for w in data.weights]


class Step(Network):
    def __init__(self, request):
        super().__init__(request)
        self.batches = [torch.from_numpy(rows).long() for rows in self.data.batches(request["batch"])]
        self.optimizer = torch.optim.SGD(self.weights, lr=request["rate"])
        self.next = 0
        weights, x, y = self.weights, self.x, self.y

        def loss_of(rows):
            return F.cross_entropy(forward(weights, x[rows]), y[rows], reduction="sum")

        self.loss_of = optimize(loss_of)

    def run(self, repeat):
        for _ in range(repeat):
            self.step(self.batches[self.next % len(self.batches)])
            self.next += 1

    def step(self, rows):
        self.optimizer.zero_grad()
        self.loss_of(rows).backward()
        self.optimizer.step()

    def loss(self):
        with torch.no_grad():
            rows = self.batches[0]
            return F.cross_entropy(forward(self.weights, self.x[rows]), self.y[rows]).item()


class Predict(Network):
    def __init__(self, request):
        super().__init__(request)
        rows = request["batch"]
        self.input = self.x[:rows]
        self.forward = optimize(lambda x: torch.softmax(forward(self.weights, x), 1))

    def run(self, repeat):
        with torch.inference_mode():
            for _ in range(repeat):
                self.forward(self.input).numpy()


class Epoch(Network):
    """Epochs over the training part: batches indexed from tensors, one .item() an epoch."""

    def __init__(self, request):
        super().__init__(request)
        self.train = request["train"]
        self.size = request["batch"]
        self.optimizer = torch.optim.SGD(self.weights, lr=request["rate"])
        weights, x, y = self.weights, self.x, self.y

        def loss_of(rows):
            return F.cross_entropy(forward(weights, x[rows]), y[rows])

        self.loss_of = optimize(loss_of)
        self.valid_of = optimize(lambda x: forward(weights, x))

    def run(self, repeat):
        for _ in range(repeat):
            self.epoch()

    def epoch(self):
        total = torch.zeros(())
        for rows in torch.randperm(self.train).split(self.size):
            self.optimizer.zero_grad()
            loss = self.loss_of(rows)
            loss.backward()
            self.optimizer.step()
            total += loss.detach() * len(rows)
        return total.item() / self.train

    @torch.no_grad()
    def evaluate(self, begin, end):
        loss, correct = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for x, y in zip(self.x[begin:end].split(128), self.y[begin:end].split(128)):
            logits = self.valid_of(x)
            loss += F.cross_entropy(logits, y, reduction="sum")
            correct += (logits.argmax(1) == y).sum()
        return loss.item() / (end - begin), correct.item() / (end - begin)


class Tutorial(Epoch):
    """The whole program: epochs with validation after each, and the test."""

    def __init__(self, request):
        super().__init__(request)
        self.request = request
        self.initial = [w.detach().clone() for w in self.weights]

    def run(self, repeat):
        for _ in range(repeat):
            with torch.no_grad():
                for weight, value in zip(self.weights, self.initial):
                    weight.copy_(value)
            valid = self.train + self.request["valid"]
            for _ in range(self.request["epochs"]):
                self.epoch()
                self.evaluate(self.train, valid)
            self.result = {"accuracy": self.evaluate(valid, len(self.x))[1]}


kinds = {"step": Step, "predict": Predict, "epoch": Epoch, "tutorial": Tutorial}
kinds |= pictures_pytorch.kinds(options.mode)
serve(torch.__version__, kinds)
