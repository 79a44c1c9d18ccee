// Normalisation of channels, the last axis, over all others: by the statistics of a batch, which
// some steps share, or by statistics that are given.
#include "kernels.hpp"
#include "normalization/batch.hpp"
#include "rows.hpp"

namespace nabla::NABLA_ISA {
namespace {

constexpr int kEpsilon = 0, kMomentum = 0;

std::int64_t rowCount(const View& x) { return x.lastDim() == 0 ? 0 : x.size / x.lastDim(); }

Shares sharesOf(const View& shares) {
  return {shares.as<double>(), shares.dims[0], (shares.lastDim() - 1) / 2};
}

std::int64_t scalesBytes(const Operands& operands) {
  const View& x = operands.output();
  return x.dtype == DType::Float32 ? ChannelScales<float>::bytes(x.lastDim())
                                   : ChannelScales<double>::bytes(x.lastDim());
}

// ---- statistics of a batch

void channelMomentsKernel(const Operands& operands, Part part) {
  const View &x = operands.input(0), &shares = operands.output();
  withFloat(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    shareMoments(x.as<T>(), rowCount(x), rowsOf(shares.dims[0], part), sharesOf(shares));
  });
}

void followMoments(const Operands& operands, Part) {
  const View &mean = operands.input(0), &variance = operands.input(1);
  const Shares shares = sharesOf(operands.input(2));
  const double momentum = operands.number(kMomentum);
  withFloat(mean.dtype, [&](auto zero) {
    using T = decltype(zero);
    const auto follow = [momentum](T& moving, double batch) {
      moving = static_cast<T>(static_cast<double>(moving) * momentum + batch * (1 - momentum));
    };
    for (std::int64_t c = 0; c < shares.channels; c++) {
      const Statistics statistics = mergedMoments(shares, c);
      follow(mean.as<T>()[c], statistics.mean);
      follow(variance.as<T>()[c], statistics.variance);
    }
  });
}

// ---- normalisation

/// `statisticsOf(channel)` of input `gamma` - 1 and those before; beta comes after gamma.
template <typename StatisticsOf>
void normalize(const Operands& operands, Part part, int gamma, StatisticsOf&& statisticsOf) {
  const View& y = operands.output();
  const std::int64_t channels = y.lastDim();
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    const ChannelScales<T> scales(channels, part.workspace);
    const T* const factors = operands.input(gamma).as<T>();
    for (std::int64_t c = 0; c < channels; c++) {
      scales.set(c, statisticsOf(c), factors[c], operands.number(kEpsilon));
    }
    normalizeRows(operands.input(0).as<T>(), channels, leadingRows(y, part), scales.mean,
                  scales.scale, operands.input(gamma + 1).as<T>(), y.as<T>());
  });
}

void batchNorm(const Operands& operands, Part part) {
  const Shares shares = sharesOf(operands.input(1));
  normalize(operands, part, 2, [&](std::int64_t c) { return mergedMoments(shares, c); });
}

void normalizeChannels(const Operands& operands, Part part) {
  const View &mean = operands.input(1), &variance = operands.input(2);
  const bool isFloat = mean.dtype == DType::Float32;
  const auto at = [isFloat](const View& view, std::int64_t c) {
    return isFloat ? static_cast<double>(view.as<float>()[c]) : view.as<double>()[c];
  };
  normalize(operands, part, 3, [&](std::int64_t c) {
    return Statistics{at(mean, c), at(variance, c)};
  });
}

// ---- gradients

std::int64_t meansBytes(const Operands& operands) {
  const View& x = operands.input(1);
  return x.lastDim() * static_cast<std::int64_t>(sizeof(double));
}

void batchNormSums(const Operands& operands, Part part) {
  const View &dy = operands.input(0), &x = operands.input(1), &sums = operands.output();
  const Shares moments = sharesOf(operands.input(2));
  withFloat(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    T* const mean = static_cast<T*>(part.workspace);
    for (std::int64_t c = 0; c < moments.channels; c++) {
      mean[c] = static_cast<T>(mergedMoments(moments, c).mean);
    }
    shareGradientSums(x.as<T>(), dy.as<T>(), rowCount(x), mean, rowsOf(sums.dims[0], part),
                      sharesOf(sums));
  });
}

void batchNormGrad(const Operands& operands, Part part) {
  const View& dx = operands.output();
  const Shares moments = sharesOf(operands.input(2)), sums = sharesOf(operands.input(3));
  const std::int64_t channels = dx.lastDim();
  const double epsilon = operands.number(kEpsilon);
  withFloat(dx.dtype, [&](auto zero) {
    using T = decltype(zero);
    const ChannelScales<T> scales(channels, part.workspace);
    const T* const gamma = operands.input(4).as<T>();
    for (std::int64_t c = 0; c < channels; c++) {
      const Statistics statistics = mergedMoments(moments, c);
      scales.set(c, statistics, gamma[c], epsilon);
      scales.setGradient(c, statistics, mergedGradient(sums, c), epsilon);
    }
    normalizeRowsGradient(operands.input(1).as<T>(), operands.input(0).as<T>(), channels,
                          leadingRows(dx, part), scales.mean, scales.scale, scales.offset,
                          scales.slope, dx.as<T>());
  });
}

void batchNormWeightGrads(const Operands& operands, Part) {
  const Shares moments = sharesOf(operands.input(0)), sums = sharesOf(operands.input(1));
  const View &dgamma = operands.output(0), &dbeta = operands.output(1);
  withFloat(dgamma.dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t c = 0; c < moments.channels; c++) {
      const ChannelGradient gradient = mergedGradient(sums, c);
      const double inverse = mergedMoments(moments, c).inverse(operands.number(kEpsilon));
      dgamma.as<T>()[c] = static_cast<T>(gradient.products * inverse);
      dbeta.as<T>()[c] = static_cast<T>(gradient.gradients);
    }
  });
}

// ---- rules

void expectRows(TypeQuery& query, int i) {
  query.expectFloat(i);
  if (query.input(i).rank >= 2) return;
  query.fail(ErrorKind::Range, "expected [batch, ..., channels] but received {%d}", i);
}

std::int64_t channelsOf(const Type& x) { return x.dims[x.rank - 1]; }

/// Inputs [channels] of the dtype of input `x`.
void expectOfChannels(TypeQuery& query, int x, int first, int last) {
  Type wanted;
  wanted.dtype = query.input(x).dtype;
  query.append(wanted, channelsOf(query.input(x)));
  for (int i = first; i <= last; i++) query.expectType(i, wanted);
}

/// [shares, 2 channels + 1] in float64; the shares of as many rows as x has.
Type sharesType(TypeQuery& query, const Type& x) {
  const std::int64_t channels = channelsOf(x), size = query.sizeOf(x);
  const bool isKnown = size != kUnknown && channels != kUnknown;
  Type shares;
  shares.dtype = DType::Float64;
  query.append(shares, isKnown ? sharesOfRows(channels == 0 ? 0 : size / channels) : kUnknown);
  query.append(shares, channels == kUnknown ? kUnknown : Shares::width(channels));
  return shares;
}

/// Input `shares` of as many channels as input `weights` [channels] has.
void expectSharesOf(TypeQuery& query, int shares, int weights) {
  query.expectDType(shares, DType::Float64);
  const Type &numbers = query.input(shares), &channels = query.input(weights);
  const bool fits = channels.rank == 1 && numbers.rank == 2 &&
                    TypeQuery::mayEqual(numbers.dims[1], Shares::width(channels.dims[0]));
  if (fits) return;
  query.fail(ErrorKind::Range, "expected shares of as many channels but received {%d} and {%d}",
             weights, shares);
}

void channelMomentsRule(TypeQuery& query) {
  expectRows(query, 0);
  query.output() = sharesType(query, query.input(0));
}

void followMomentsRule(TypeQuery& query) {
  query.expectFloat(0);
  query.expectType(1, query.input(0));
  expectSharesOf(query, 2, 0);
  query.number(kMomentum);
}

void batchNormRule(TypeQuery& query) {
  expectRows(query, 0);
  query.expectType(1, sharesType(query, query.input(0)));
  expectOfChannels(query, 0, 2, 3);
  query.number(kEpsilon);
  query.output() = query.input(0);
}

void normalizeChannelsRule(TypeQuery& query) {
  expectRows(query, 0);
  expectOfChannels(query, 0, 1, 4);
  query.number(kEpsilon);
  query.output() = query.input(0);
}

void batchNormSumsRule(TypeQuery& query) {
  expectRows(query, 1);
  query.expectType(0, query.input(1));
  query.output() = sharesType(query, query.input(1));
  query.expectType(2, query.output());
}

void batchNormGradRule(TypeQuery& query) {
  expectRows(query, 1);
  query.expectType(0, query.input(1));
  const Type shares = sharesType(query, query.input(1));
  query.expectType(2, shares);
  query.expectType(3, shares);
  expectOfChannels(query, 1, 4, 4);
  query.number(kEpsilon);
  query.output() = query.input(1);
}

void batchNormWeightGradsRule(TypeQuery& query) {
  query.expectFloat(2);
  expectSharesOf(query, 0, 2);
  query.expectType(1, query.input(0));
  query.number(kEpsilon);
  query.output(0) = query.output(1) = query.input(2);
}

constexpr OpRow kRows[] = {
    OpRow("channelMoments",
          "moments[s] = of share s of the rows of x [..., channels]: each channel's mean, its "
          "squared deviations from it summed, the number of rows; float64")
        .reads("x")
        .gives("moments", Access::Rows)
        .rule(channelMomentsRule)
        .kernel(channelMomentsKernel),
    OpRow("followMoments",
          "movingMean = momentum * movingMean + (1 - momentum) * mean; movingVariance likewise; by "
          "channelMoments")
        .writes("movingMean")
        .writes("movingVariance")
        .reads("moments")
        .number("momentum")
        .rule(followMomentsRule)
        .kernel(followMoments),
    OpRow("batchNorm",
          "y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, channel by channel, by the "
          "channelMoments of x")
        .reads("x", Access::Rows)
        .reads("moments")
        .reads("gamma")
        .reads("beta")
        .gives("y", Access::Rows)
        .number("epsilon")
        .inPlace()
        .workspace(scalesBytes)
        .rule(batchNormRule)
        .kernel(batchNorm),
    OpRow("normalizeChannels",
          "y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, channel by channel")
        .reads("x", Access::Rows)
        .reads("mean")
        .reads("variance")
        .reads("gamma")
        .reads("beta")
        .gives("y", Access::Rows)
        .number("epsilon")
        .inPlace()
        .workspace(scalesBytes)
        .rule(normalizeChannelsRule)
        .kernel(normalizeChannels),
    OpRow("batchNormSums",
          "sums[s] = of share s of the rows: each channel's dy summed, dy (x - mean) summed, the "
          "number of rows; by the channelMoments of x")
        .reads("dy")
        .reads("x")
        .reads("moments")
        .gives("sums", Access::Rows)
        .workspace(meansBytes)
        .rule(batchNormSumsRule)
        .kernel(batchNormSums),
    OpRow("batchNormGrad",
          "dx = the gradient to batchNorm's x, by that to its results dy, batchNormSums and "
          "gamma")
        .reads("dy", Access::Rows)
        .reads("x", Access::Rows)
        .reads("moments")
        .reads("sums")
        .reads("gamma")
        .gives("dx", Access::Rows)
        .number("epsilon")
        .inPlace()
        .workspace(scalesBytes)
        .rule(batchNormGradRule)
        .kernel(batchNormGrad),
    OpRow("batchNormWeightGrads",
          "dgamma, dbeta = the gradients to batchNorm's gamma and beta, by batchNormSums")
        .reads("moments")
        .reads("sums")
        .reads("gamma")
        .gives("dgamma")
        .gives("dbeta")
        .number("epsilon")
        .rule(batchNormWeightGradsRule)
        .kernel(batchNormWeightGrads),
};

}  // namespace

NABLA_FAMILY(normalizations, kRows);

}  // namespace nabla::NABLA_ISA
