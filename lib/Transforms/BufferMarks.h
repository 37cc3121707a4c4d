// What passes on buffers tell each other of them.
#ifndef SETUN_LIB_TRANSFORMS_BUFFERMARKS_H
#define SETUN_LIB_TRANSFORMS_BUFFERMARKS_H

#include "llvm/ADT/StringRef.h"

namespace setun {

/// Of a `memref.alloca` that stands before the loop whose rounds use it: none
/// of its numbers lives from one round of that loop to the next.
inline constexpr llvm::StringLiteral kInLoopAttr = "setun.in_loop";

} // namespace setun

#endif // SETUN_LIB_TRANSFORMS_BUFFERMARKS_H
