//===- ScaleFacts.cpp - What fixed scales change --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Report/ScaleFacts.h"

#include <fmt/format.h>

namespace setun {

std::string StaticScaleFacts::describe() const {
  return fmt::format(
      "{}: static scale of a row that reaches {:.6g}; those of {} samples "
      "reach {:.6g} at least",
      node, largest, samples, least);
}

std::string ScaleFacts::describe() const {
  std::string text = fmt::format(
      "against floats, on {} {}: the largest error of an output is {:.3g}",
      samples, isRandom ? "random inputs" : "samples", largestError);
  if (rows > 0)
    text += fmt::format(", {} of {} classes change", classes, rows);
  if (allCodes > 0)
    text += fmt::format(", {} of {} codes differ", codes, allCodes);
  return text;
}

} // namespace setun
