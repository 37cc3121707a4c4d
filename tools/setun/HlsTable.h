// The table of an HLS design that compile and inspect print.
#ifndef SETUN_TOOLS_SETUN_HLSTABLE_H
#define SETUN_TOOLS_SETUN_HLSTABLE_H

#include "setun/Analysis/FpgaEstimate.h"

#include "llvm/Support/raw_ostream.h"

namespace setun::driver {

/// Products and the rest, or all stages; the totals, beside what the device has
/// if it is a known one.
void printHlsTable(const HlsEstimate &estimate, bool allStages,
                   llvm::raw_ostream &os);

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_HLSTABLE_H
