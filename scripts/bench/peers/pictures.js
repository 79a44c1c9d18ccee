/** TensorFlow.js' step of the convolutional network for MNIST. */

"use strict";

const { readFileSync } = require("node:fs");
const { join } = require("node:path");

/** Weights, pictures [samples, 28, 28, 1] in [0, 1] and labels, as scripts/bench/pictures.ts writes them. */
function readPictures({ data, network }) {
  const read = (ending) => readFileSync(join(data, `${network}${ending}`));
  const form = JSON.parse(read(".json").toString());
  const values = new Float32Array(new Uint8Array(read("-weights.f32")).buffer);
  let at = 0;
  const weights = form.shapes.map((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return { shape, values: values.slice(at, (at += size)) };
  });
  const pixels = Float32Array.from(read("-pictures.u8"), (pixel) => pixel / 255);
  return { ...form, weights, pixels, labels: Int32Array.from(read("-labels.u8")) };
}

function openPictureStep(tf, request) {
  const { samples, picture, weights, pixels, labels } = readPictures(request);
  const [kernel1, bias1, kernel2, bias2, kernel3, bias3] = weights.map(({ shape, values }) =>
    tf.variable(tf.tensor(values, shape)),
  );
  const images = tf.tensor(pixels, [samples, ...picture]);
  const targets = tf.oneHot(tf.tensor1d(labels, "int32"), 10).toFloat();
  const convolved = (x, kernel, bias) =>
    x.conv2d(kernel, 1, "valid").add(bias).relu().maxPool(2, 2, "valid");
  const forward = (x) => {
    const features = convolved(convolved(x, kernel1, bias1), kernel2, bias2);
    const flat = features.reshape([x.shape[0], -1]);
    return tf.dropout(flat, request.dropout).matMul(kernel3).add(bias3);
  };
  const { batch, rate } = request;
  const optimizer = tf.train.adam(rate);
  return {
    async run(repeat) {
      for (let i = 0; i < repeat; i++) {
        const first = (i * batch) % samples;
        const [x, y] = [images, targets].map((all) => all.slice([first], [batch]));
        tf.tidy(() => void optimizer.minimize(() => tf.losses.softmaxCrossEntropy(y, forward(x))));
      }
      await bias3.data();
    },
    close: () => tf.disposeVariables(),
  };
}

module.exports = { openPictureStep };
