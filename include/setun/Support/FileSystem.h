//===- FileSystem.h - Careful reading and writing of files ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two promises are kept here: a failed run leaves no output behind, and a model
// cannot make us read a file outside its own folder.
//===----------------------------------------------------------------------===//

#ifndef SETUN_SUPPORT_FILESYSTEM_H
#define SETUN_SUPPORT_FILESYSTEM_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace setun {

/// A folder that receives several files at once. Files are written under
/// temporary names and get their own names in commit(); without it the
/// destructor removes them, and the folder too if it was made here.
class OutputDirectory {
public:
  /// Opens the folder, making it and its parents where they are missing.
  static llvm::Expected<OutputDirectory> open(llvm::StringRef path);

  OutputDirectory(OutputDirectory &&other);
  OutputDirectory &operator=(OutputDirectory &&) = delete;
  OutputDirectory(const OutputDirectory &) = delete;
  ~OutputDirectory();

  /// Writes one file. `name` may lead into folders below, which are made where
  /// they are missing.
  llvm::Error write(llvm::StringRef name, llvm::StringRef contents);
  llvm::Error write(llvm::StringRef name,
                    llvm::function_ref<void(llvm::raw_ostream &)> print);

  /// Renames every file to its own name. On failure nothing has changed: new
  /// files are removed again, and old ones come back where the file system has
  /// hard links; without them each is whole, either old or new.
  llvm::Error commit();

private:
  struct PendingFile {
    std::string target;
    std::string temporaryPath;
    /// Where the file with that name is kept until all are renamed.
    std::string kept;
    bool isNew = true;
  };

  explicit OutputDirectory(llvm::StringRef path) : path(path.str()) {}
  llvm::Error makeFolder(llvm::StringRef folder);
  void takeBack(size_t count);
  void discard();

  std::string path;
  /// Folders made by this class, outermost first.
  std::vector<std::string> createdFolders;
  std::vector<PendingFile> files;
};

/// Writes one file, complete or not at all.
llvm::Error writeFileAtomically(llvm::StringRef path, llvm::StringRef contents);

/// Maps bytes [offset, offset + length) of the file `relative` below the folder
/// `root`; without a length, up to the end of the file. Refused are absolute
/// paths, `..`, symbolic links in any component, files with more than one hard
/// link, and whatever is not a regular file. The checks are made on the opened
/// file, so that nothing can be exchanged between check and use.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
openInside(llvm::StringRef root, llvm::StringRef relative, uint64_t offset = 0,
           std::optional<uint64_t> length = std::nullopt);

} // namespace setun

#endif // SETUN_SUPPORT_FILESYSTEM_H
