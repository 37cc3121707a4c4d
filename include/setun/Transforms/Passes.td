// The passes that stay within a stage (Conversion/Passes.td has those between dialects).
#ifndef SETUN_TRANSFORMS_PASSES_TD
#define SETUN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

#endif // SETUN_TRANSFORMS_PASSES_TD
