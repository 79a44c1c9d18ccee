/**
 * brain.js as a contender. It has neither minibatches nor initial weights nor this loss: it trains on
 * one sample after the other (sigmoid layers, squared error). So time alone is compared: that of
 * training on as many samples as a step has.
 */

"use strict";

const { NeuralNetwork } = require("brain.js");
const { version } = require("brain.js/package.json");
const { PIXELS, readData, serve } = require("./lines");

function open(request) {
  const { images, labels } = readData(request);
  const samples = Array.from({ length: request.batch }, (_, i) => ({
    input: images.slice(i * PIXELS, (i + 1) * PIXELS),
    output: Float32Array.from({ length: 10 }, (_, digit) => Number(digit === labels[i])),
  }));
  const network = new NeuralNetwork({
    inputSize: PIXELS,
    hiddenLayers: request.sizes.slice(1, -1),
    outputSize: 10,
  });
  return { network, samples };
}

function openStep(request) {
  const { network, samples } = open(request);
  const options = { iterations: 1, errorThresh: 1e-9, learningRate: request.rate };
  network.train(samples, options);
  return {
    run: (repeat) => void network.train(samples, { ...options, iterations: repeat }),
  };
}

function openPrediction(request) {
  const { network, samples } = open(request);
  network.train(samples, { iterations: 1, errorThresh: 1e-9 });
  return {
    run(repeat) {
      for (let i = 0; i < repeat; i++) network.run(samples[0].input);
    },
  };
}

void serve(version, { step: openStep, predict: openPrediction });
