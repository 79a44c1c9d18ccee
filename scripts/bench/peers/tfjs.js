/** TensorFlow.js as a contender: node tfjs.js wasm|cpu */

"use strict";

const backend = process.argv[2];
console.warn = console.info = console.log = () => undefined; // answers alone go to stdout

const tf = require("@tensorflow/tfjs");
require(`@tensorflow/tfjs-backend-${backend}`);
const { PIXELS, readData, serve } = require("./lines");
const { openPictureStep } = require("./pictures");

function open(request) {
  const data = readData(request);
  const weights = data.weights.map(({ shape, values }) => tf.variable(tf.tensor(values, shape)));
  const forward = (x) => {
    for (let i = 0; i < weights.length; i += 2) {
      x = x.matMul(weights[i]).add(weights[i + 1]);
      if (i + 2 < weights.length) x = x.relu();
    }
    return x;
  };
  const images = tf.tensor2d(data.images, [request.samples, PIXELS]);
  return { ...data, images, weights, forward };
}

function openStep(request) {
  const { images, labels, rows, weights, forward } = open(request);
  const targets = tf.oneHot(tf.tensor1d(labels, "int32"), 10).toFloat();
  const { batch, rate } = request;
  const batches = Array.from({ length: Math.floor(rows.length / batch) }, (_, i) =>
    tf.tensor1d(rows.slice(i * batch, (i + 1) * batch), "int32"),
  );
  const optimizer = tf.train.sgd(rate);
  const loss = (rows) =>
    tf.neg(targets.gather(rows).mul(tf.logSoftmax(forward(images.gather(rows))))).sum();
  let next = 0;
  const read = () => weights[weights.length - 1].data();
  return {
    async run(repeat) {
      for (let i = 0; i < repeat; i++) {
        tf.tidy(() => void optimizer.minimize(() => loss(batches[next]), false, weights));
        next = (next + 1) % batches.length;
      }
      await read();
    },
    loss: () => tf.tidy(() => loss(batches[0]).div(batch).dataSync()[0]),
    close: () => tf.disposeVariables(),
  };
}

function openPrediction(request) {
  const { images, forward } = open(request);
  return {
    async run(repeat) {
      for (let i = 0; i < repeat; i++) {
        const y = tf.tidy(() => forward(images).softmax());
        await y.data();
        y.dispose();
      }
    },
    close: () => tf.disposeVariables(),
  };
}

async function main() {
  await tf.setBackend(backend);
  await tf.ready();
  await serve(tf.version.tfjs, {
    step: openStep,
    predict: openPrediction,
    pictureStep: (request) => openPictureStep(tf, request),
  });
}

void main();
