// How a design is folded and what it will take, for people.
#include "HlsTable.h"

#include "llvm/ADT/SmallVector.h"

#include <fmt/format.h>

using namespace llvm;

namespace setun::driver {

using Row = SmallVector<std::string, 9>;

static Row makeRow(StringRef name, int64_t pe, int64_t simd, int64_t cycles,
                   const FpgaCost &cost) {
  auto number = [](int64_t value) {
    return value && value != INT64_MAX ? std::to_string(value)
                                       : std::string("-");
  };
  return {name.str(),
          number(pe),
          number(simd),
          number(cycles),
          number(cost.luts),
          number(cost.flipFlops),
          number(cost.blockRams),
          number(cost.dsps)};
}

/// Nothing of what is not limited.
static std::string printShare(int64_t used, int64_t available) {
  if (available == 0 || available == INT64_MAX)
    return "-";
  return fmt::format("{:.0f}%", 100.0 * static_cast<double>(used) /
                                    static_cast<double>(available));
}

/// Names to the left, numbers to the right.
static void printRows(ArrayRef<Row> rows, raw_ostream &os) {
  SmallVector<size_t, 9> widths(rows.front().size(), 0);
  for (const Row &row : rows)
    for (auto [width, cell] : zip(widths, row))
      width = std::max(width, cell.size());
  for (const Row &row : rows) {
    std::string line = fmt::format("{:<{}}", row[0], widths[0]);
    for (size_t column = 1; column < row.size(); ++column)
      line += fmt::format("  {:>{}}", row[column], widths[column]);
    os << StringRef(line).rtrim() << "\n";
  }
}

void printHlsTable(const HlsEstimate &estimate, bool allStages,
                   raw_ostream &os) {
  std::vector<Row> rows = {{"stage", "PE", "SIMD", "cycles", "LUT", "FF",
                            "BRAM18", "DSP", "method"}};
  FpgaCost others;
  int64_t slowest = 0, count = 0;
  for (const HlsStage &stage : estimate.stages) {
    if (allStages || stage.pe > 0) {
      rows.push_back(
          makeRow(stage.name, stage.pe, stage.simd, stage.cycles, stage.cost));
      if (stage.pe > 0)
        rows.back().push_back(stage.isNetwork ? "network" : "unit");
      continue;
    }
    others += stage.cost;
    slowest = std::max(slowest, stage.cycles);
    ++count;
  }
  if (count > 0)
    rows.push_back(
        makeRow(fmt::format("{} others", count), 0, 0, slowest, others));
  const FpgaCost &total = estimate.total;
  rows.push_back(makeRow("total", 0, 0, estimate.interval, total));
  auto compareWith = [&](const std::string &name, const FpgaCost &has) {
    rows.push_back(makeRow(name, 0, 0, 0, has));
    rows.push_back({"", "", "", "", printShare(total.luts, has.luts),
                    printShare(total.flipFlops, has.flipFlops),
                    printShare(total.blockRams, has.blockRams),
                    printShare(total.dsps, has.dsps)});
  };
  if (const FpgaCost *device = findDevice(estimate.part))
    compareWith("of " + estimate.part, *device);
  if (estimate.budget)
    compareWith("of --resources", *estimate.budget);
  printRows(rows, os);
  os << fmt::format("{} cycles a frame by the loops of the slowest stage: "
                    "{:.1f} frames a second at {} ns; latency {} cycles\n",
                    estimate.interval,
                    1e9 / estimate.clock /
                        static_cast<double>(estimate.interval),
                    estimate.clock, estimate.latency)
     << "estimated before synthesis, by no vendor's tool (docs/hls.md)\n";
}

} // namespace setun::driver
