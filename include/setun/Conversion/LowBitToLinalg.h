// The plain lowering of lowbit ops as patterns, for passes that combine it with
// packed storage.
#ifndef SETUN_CONVERSION_LOWBITTOLINALG_H
#define SETUN_CONVERSION_LOWBITTOLINALG_H

#include "mlir/Transforms/DialectConversion.h"

namespace setun {

/// Storage of code tensors: tensor<..xCODE> becomes tensor<..xi8> (or i16 for
/// codes above 8 bits), a packed matrix becomes tensor<BYTESxi8>. Other types
/// stay.
class StorageTypeConverter : public mlir::TypeConverter {
public:
  StorageTypeConverter();
};

/// Lowers every lowbit op on unpacked codes; a constant becomes an
/// `arith.constant` of its bytes.
void populateLowBitToLinalgPatterns(const StorageTypeConverter &converter,
                                    mlir::RewritePatternSet &patterns);

/// Legal afterwards: ops on storage types, and of lowbit only the kernel ops.
void allowStorageOnly(const StorageTypeConverter &converter,
                      mlir::ConversionTarget &target);

/// Function signatures, calls and returns of code tensors.
void populateStorageSignaturePatterns(const StorageTypeConverter &converter,
                                      mlir::RewritePatternSet &patterns,
                                      mlir::ConversionTarget &target);

} // namespace setun

#endif // SETUN_CONVERSION_LOWBITTOLINALG_H
