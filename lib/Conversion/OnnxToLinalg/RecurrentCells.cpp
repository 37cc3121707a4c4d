//===- RecurrentCells.cpp - One step of RNN, GRU and LSTM -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MatMul.h"
#include "Recurrent.h"

using namespace mlir;
using namespace setun::onnx;

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

namespace {
using S = ScalarBuilder;

struct Formula {
  Value (*formula)(S &, Value x, float alpha, float beta);
  /// How many factors it has, and what they are if none is given.
  int factors = 0;
  float alpha = 0, beta = 0;
};
} // namespace

static Value number(S &s, Value x, float value) {
  return s.numberLike(x, value);
}

/// 1 / (1 + e^-x)
static Value sigmoid(S &s, Value x, float, float) {
  Value one = number(s, x, 1);
  return s.div(one, s.add(one, s.unary<math::ExpOp>(s.neg(x))));
}
static Value tanh(S &s, Value x, float, float) {
  return s.unary<math::TanhOp>(x);
}
static Value relu(S &s, Value x, float, float) {
  return s.max(x, number(s, x, 0));
}
static Value affine(S &s, Value x, float alpha, float beta) {
  return s.add(s.mul(x, number(s, x, alpha)), number(s, x, beta));
}
static Value leakyRelu(S &s, Value x, float alpha, float) {
  return s.select(s.less(x, number(s, x, 0)), s.mul(number(s, x, alpha), x), x);
}
static Value thresholdedRelu(S &s, Value x, float alpha, float) {
  return s.select(s.greater(x, number(s, x, alpha)), x, number(s, x, 0));
}
static Value scaledTanh(S &s, Value x, float alpha, float beta) {
  return s.mul(number(s, x, alpha),
               s.unary<math::TanhOp>(s.mul(number(s, x, beta), x)));
}
static Value hardSigmoid(S &s, Value x, float alpha, float beta) {
  Value linear = affine(s, x, alpha, beta);
  return s.min(s.max(linear, number(s, x, 0)), number(s, x, 1));
}
/// x < 0 ? alpha * (e^x - 1) : x
static Value elu(S &s, Value x, float alpha, float) {
  Value less = s.sub(s.unary<math::ExpOp>(x), number(s, x, 1));
  return s.select(s.less(x, number(s, x, 0)), s.mul(number(s, x, alpha), less),
                  x);
}
static Value softsign(S &s, Value x, float, float) {
  return s.div(x, s.add(number(s, x, 1), s.unary<math::AbsFOp>(x)));
}
/// log(1 + e^x) as max(x, 0) + log1p(e^-|x|), which does not overflow.
static Value softplus(S &s, Value x, float, float) {
  Value power = s.unary<math::ExpOp>(s.neg(s.unary<math::AbsFOp>(x)));
  return s.add(relu(s, x, 0, 0), s.unary<math::Log1pOp>(power));
}

static const Formula *findFormula(StringRef name) {
  static const llvm::StringMap<Formula> formulas = {
      {"affine", {affine, 2, 1, 0}},
      {"elu", {elu, 1, 1, 0}},
      {"hardsigmoid", {hardSigmoid, 2, 0.2f, 0.5f}},
      {"leakyrelu", {leakyRelu, 1, 0.01f, 0}},
      {"relu", {relu}},
      {"scaledtanh", {scaledTanh, 2, 1, 1}},
      {"sigmoid", {sigmoid}},
      {"softplus", {softplus}},
      {"softsign", {softsign}},
      {"tanh", {tanh}},
      {"thresholdedrelu", {thresholdedRelu, 1, 1, 0}}};
  auto it = formulas.find(name.lower());
  return it == formulas.end() ? nullptr : &it->second;
}

Value Activation::apply(ScalarBuilder &s, Value x) const {
  if (clip)
    x = s.min(s.max(x, s.numberLike(x, -*clip)), s.numberLike(x, *clip));
  return formula(s, x, alpha, beta);
}

FailureOr<SmallVector<Activation>>
setun::onnx::readActivations(NodeLowering &node, ArrayRef<StringRef> defaults,
                             int64_t directions) {
  SmallVector<StringRef> names;
  if (auto given =
          dyn_cast_or_null<ArrayAttr>(node.node.getAttr("activations")))
    for (Attribute name : given)
      names.push_back(cast<StringAttr>(name).getValue());
  else
    for (int64_t i = 0; i < directions; ++i)
      llvm::append_range(names, defaults);
  if (names.size() != defaults.size() * directions)
    return node.error("has " + Twine(names.size()) +
                      " activations instead of " +
                      Twine(defaults.size() * directions));
  std::optional<float> clip;
  if (node.node.getAttr("clip")) {
    clip = node.node.getFloat("clip", 0);
    if (!(*clip >= 0))
      return node.error("clip must not be negative");
  }
  // The factors belong to those activations that have some, in order.
  ArrayRef<float> alphas =
      node.node.getFloats("activation_alpha").value_or(ArrayRef<float>());
  ArrayRef<float> betas =
      node.node.getFloats("activation_beta").value_or(ArrayRef<float>());
  auto take = [](ArrayRef<float> &values, float otherwise) {
    if (values.empty())
      return otherwise;
    float value = values.front();
    values = values.drop_front();
    return value;
  };
  SmallVector<Activation> activations;
  for (StringRef name : names) {
    const Formula *formula = findFormula(name);
    if (!formula)
      return node.error("activation '" + name +
                        "' is not one of Affine, Elu, HardSigmoid, LeakyRelu, "
                        "Relu, ScaledTanh, Sigmoid, Softplus, Softsign, Tanh, "
                        "ThresholdedRelu");
    Activation activation{formula->formula, formula->alpha, formula->beta,
                          clip};
    if (formula->factors >= 1)
      activation.alpha = take(alphas, formula->alpha);
    if (formula->factors >= 2)
      activation.beta = take(betas, formula->beta);
    activations.push_back(activation);
  }
  return activations;
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

static RankedTensorType typeOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType());
}

static FailureOr<Value> multiply(NodeLowering &node, Value lhs, Value rhs) {
  return makeMatMul(node, lhs, rhs,
                    {typeOf(lhs).getDimSize(0), typeOf(rhs).getDimSize(1)});
}

/// The columns of gate `index`, [batch, hidden].
static Value takeGate(NodeLowering &node, Value gates, int64_t index,
                      int64_t hidden) {
  return makeSlice(node, gates, {0, index * hidden},
                   {typeOf(gates).getDimSize(0), hidden}, {1, 1});
}

/// function(inputs...) for each element of [batch, hidden].
static FailureOr<Value>
combine(NodeLowering &node, RankedTensorType type, ValueRange inputs,
        llvm::function_ref<Value(ScalarBuilder &, ValueRange)> function) {
  return makeElementwise(node, type, inputs,
                         [&](OpBuilder &builder, ValueRange x) {
                           ScalarBuilder s(builder, node.loc, false);
                           return function(s, x);
                         });
}

/// a + b, or a if there is no b.
static FailureOr<Value> addIfGiven(NodeLowering &node, Value a, Value b) {
  if (!b)
    return a;
  return combine(node, typeOf(a), {a, b}, [](ScalarBuilder &s, ValueRange x) {
    return s.add(x[0], x[1]);
  });
}

/// x * W + h * R + bias, in this order.
static FailureOr<Value> makeGates(NodeLowering &node, const Cell &cell, Value x,
                                  Value hidden) {
  FailureOr<Value> fromInput = multiply(node, x, cell.weights);
  FailureOr<Value> fromHidden = multiply(node, hidden, cell.recurrence);
  if (failed(fromInput) || failed(fromHidden))
    return failure();
  FailureOr<Value> sum = addIfGiven(node, *fromInput, *fromHidden);
  return failed(sum) ? sum : addIfGiven(node, *sum, cell.bias);
}

FailureOr<CellState> setun::onnx::makeRnnStep(NodeLowering &node,
                                              const Cell &cell, Value x,
                                              const CellState &state) {
  FailureOr<Value> gate = makeGates(node, cell, x, state.hidden);
  if (failed(gate))
    return failure();
  FailureOr<Value> hidden =
      combine(node, typeOf(state.hidden), *gate, [&](S &s, ValueRange v) {
        return cell.activations[0].apply(s, v[0]);
      });
  if (failed(hidden))
    return failure();
  return CellState{*hidden, nullptr};
}

FailureOr<CellState> setun::onnx::makeGruStep(NodeLowering &node,
                                              const Cell &cell, Value x,
                                              const CellState &state) {
  RankedTensorType type = typeOf(state.hidden);
  int64_t size = type.getDimSize(1);
  const Activation &f = cell.activations[0], &g = cell.activations[1];
  FailureOr<Value> input = multiply(node, x, cell.weights);
  FailureOr<Value> hidden = multiply(node, state.hidden, cell.recurrence);
  if (failed(input) || failed(hidden))
    return failure();
  FailureOr<Value> biased = addIfGiven(node, *input, cell.bias);
  if (failed(biased))
    return failure();
  auto gate = [&](int64_t index) {
    return combine(
        node, type,
        {takeGate(node, *biased, index, size),
         takeGate(node, *hidden, index, size)},
        [&](S &s, ValueRange v) { return f.apply(s, s.add(v[0], v[1])); });
  };
  FailureOr<Value> update = gate(0), reset = gate(1);
  if (failed(update) || failed(reset))
    return failure();

  FailureOr<Value> candidate;
  Value fromInput = takeGate(node, *biased, 2, size);
  if (cell.isLinearBeforeReset) {
    // g(x * Wh + r * (h * Rh + Rbh) + Wbh)
    FailureOr<Value> product =
        addIfGiven(node, takeGate(node, *hidden, 2, size), cell.hiddenBias);
    if (failed(product))
      return failure();
    candidate = combine(node, type, {fromInput, *reset, *product},
                        [&](S &s, ValueRange v) {
                          return g.apply(s, s.add(v[0], s.mul(v[1], v[2])));
                        });
  } else {
    // g(x * Wh + (r * h) * Rh + Wbh + Rbh)
    FailureOr<Value> kept =
        combine(node, type, {*reset, state.hidden},
                [](S &s, ValueRange v) { return s.mul(v[0], v[1]); });
    if (failed(kept))
      return failure();
    FailureOr<Value> product = multiply(node, *kept, cell.hiddenRecurrence);
    if (failed(product))
      return failure();
    candidate =
        combine(node, type, {fromInput, *product}, [&](S &s, ValueRange v) {
          return g.apply(s, s.add(v[0], v[1]));
        });
  }
  if (failed(candidate))
    return failure();
  // (1 - z) * candidate + z * h
  FailureOr<Value> next = combine(
      node, type, {*update, *candidate, state.hidden}, [](S &s, ValueRange v) {
        Value rest = s.sub(s.numberLike(v[0], 1), v[0]);
        return s.add(s.mul(rest, v[1]), s.mul(v[0], v[2]));
      });
  if (failed(next))
    return failure();
  return CellState{*next, nullptr};
}

FailureOr<CellState> setun::onnx::makeLstmStep(NodeLowering &node,
                                               const Cell &cell, Value x,
                                               const CellState &state) {
  RankedTensorType type = typeOf(state.hidden);
  int64_t size = type.getDimSize(1);
  const Activation &f = cell.activations[0], &g = cell.activations[1],
                   &h = cell.activations[2];
  FailureOr<Value> gates = makeGates(node, cell, x, state.hidden);
  if (failed(gates))
    return failure();
  Value input = takeGate(node, *gates, 0, size),
        output = takeGate(node, *gates, 1, size),
        forget = takeGate(node, *gates, 2, size),
        fresh = takeGate(node, *gates, 3, size);

  // c' = f * c + i * g, the gates seeing c through their peepholes.
  SmallVector<Value> inputs = {input, forget, fresh, state.cell};
  bool hasPeepholes = cell.peepholes[0] != nullptr;
  if (hasPeepholes)
    inputs.append({cell.peepholes[0], cell.peepholes[2]});
  auto see = [](S &s, Value gate, Value peephole, Value c) {
    return s.add(gate, s.mul(peephole, c));
  };
  FailureOr<Value> next = combine(node, type, inputs, [&](S &s, ValueRange v) {
    Value c = v[3];
    Value i = f.apply(s, hasPeepholes ? see(s, v[0], v[4], c) : v[0]);
    Value keep = cell.couplesForget
                     ? s.sub(s.numberLike(i, 1), i)
                     : f.apply(s, hasPeepholes ? see(s, v[1], v[5], c) : v[1]);
    return s.add(s.mul(keep, c), s.mul(i, g.apply(s, v[2])));
  });
  if (failed(next))
    return failure();

  // h' = o * h(c')
  inputs = {output, *next};
  if (hasPeepholes)
    inputs.push_back(cell.peepholes[1]);
  FailureOr<Value> hidden =
      combine(node, type, inputs, [&](S &s, ValueRange v) {
        Value o = f.apply(s, hasPeepholes ? see(s, v[0], v[2], v[1]) : v[0]);
        return s.mul(o, h.apply(s, v[1]));
      });
  if (failed(hidden))
    return failure();
  return CellState{*hidden, *next};
}
