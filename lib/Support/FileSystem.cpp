//===- FileSystem.cpp - Careful reading and writing of files --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Output is written under temporary names in its own folder, where a rename is
// atomic. Input from a model's folder is opened one component at a time without
// following links (POSIX openat), then checked on the descriptor.
//===----------------------------------------------------------------------===//

#include "setun/Support/FileSystem.h"

#include "setun/Support/Names.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

#include <cerrno>
#include <limits>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;

namespace setun {

static Error makeFileError(const Twine &path, std::error_code error) {
  return createStringError(error, path + ": " + error.message());
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// Writes a new file with a temporary name in `folder` and gives its path.
static Expected<std::string>
writeTemporary(StringRef folder, StringRef name,
               function_ref<void(raw_ostream &)> print) {
  SmallString<128> model(folder), path;
  sys::path::append(model, "." + name + ".%%%%%%%%.tmp");
  int descriptor;
  if (std::error_code error =
          sys::fs::createUniqueFile(model, descriptor, path))
    return makeFileError(model, error);
  // An interrupted run leaves nothing behind either.
  sys::RemoveFileOnSignal(path);

  raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
  print(stream);
  stream.close();
  if (std::error_code error = stream.error()) {
    stream.clear_error();
    sys::fs::remove(path);
    sys::DontRemoveFileOnSignal(path);
    return makeFileError(folder + "/" + name, error);
  }
  return path.str().str();
}

Error OutputDirectory::makeFolder(StringRef wanted) {
  // Remember what is made here, to unmake it if nothing is committed.
  SmallVector<std::string> missing;
  for (StringRef folder = wanted; !folder.empty() && !sys::fs::exists(folder);
       folder = sys::path::parent_path(folder))
    missing.push_back(folder.str());
  for (const std::string &folder : reverse(missing)) {
    bool ours = mkdir(folder.c_str(), 0777) == 0;
    if (!ours && errno != EEXIST)
      return makeFileError(folder, errnoAsErrorCode());
    if (ours)
      createdFolders.push_back(folder);
  }
  if (!sys::fs::is_directory(wanted))
    return createStringError(wanted + ": is not a folder");
  return Error::success();
}

Expected<OutputDirectory> OutputDirectory::open(StringRef path) {
  OutputDirectory directory(path.empty() ? "." : path);
  if (Error error = directory.makeFolder(directory.path))
    return std::move(error);
  return Expected<OutputDirectory>(std::move(directory));
}

OutputDirectory::OutputDirectory(OutputDirectory &&other)
    : path(std::move(other.path)),
      createdFolders(std::move(other.createdFolders)),
      files(std::move(other.files)) {
  other.createdFolders.clear();
  other.files.clear();
}

OutputDirectory::~OutputDirectory() { discard(); }

void OutputDirectory::discard() {
  for (const PendingFile &file : files) {
    sys::fs::remove(file.temporaryPath);
    sys::DontRemoveFileOnSignal(file.temporaryPath);
  }
  files.clear();
  // rmdir refuses a folder into which somebody else put something.
  for (const std::string &folder : reverse(createdFolders))
    rmdir(folder.c_str());
  createdFolders.clear();
}

Error OutputDirectory::write(StringRef name, StringRef contents) {
  return write(name, [&](raw_ostream &os) { os << contents; });
}

/// Is it a relative path that only leads downwards?
static bool leadsInside(StringRef name) {
  return !name.contains('\0') && all_of(split(name, '/'), [](StringRef part) {
    return !part.empty() && part != "." && part != "..";
  });
}

Error OutputDirectory::write(StringRef name,
                             function_ref<void(raw_ostream &)> print) {
  if (!leadsInside(name))
    return createStringError("'" + escapeForComment(name) +
                             "' is not the name of a file inside the folder");
  SmallString<128> target(path);
  sys::path::append(target, name);
  if (any_of(files, [&](const PendingFile &file) {
        return file.target == target.str();
      }))
    return createStringError("two files are to be called '" +
                             escapeForComment(name) + "'");
  StringRef folder = sys::path::parent_path(target);
  if (Error error = makeFolder(folder))
    return error;
  Expected<std::string> temporary =
      writeTemporary(folder, sys::path::filename(target), print);
  if (!temporary)
    return temporary.takeError();
  files.push_back({target.str().str(), std::move(*temporary), ""});
  return Error::success();
}

/// A second name for the file that is there now; empty if there is none, or if
/// the file system has no second names.
static std::string keepOld(StringRef temporary, StringRef target) {
  std::string kept = (temporary + ".old").str();
  return ::link(target.str().c_str(), kept.c_str()) == 0 ? kept : "";
}

static void dropKept(StringRef kept) {
  if (!kept.empty())
    sys::fs::remove(kept);
}

/// Is there nothing of this name, not even a link that leads nowhere?
static bool isFree(StringRef target) {
  sys::fs::file_status status;
  return sys::fs::status(target, status, /*follow=*/false) ==
         std::errc::no_such_file_or_directory;
}

/// Gives the first `count` files back what their names stood for before.
void OutputDirectory::takeBack(size_t count) {
  for (PendingFile &file : MutableArrayRef(files).take_front(count)) {
    if (file.isNew)
      sys::fs::remove(file.target);
    else if (!file.kept.empty())
      sys::fs::rename(file.kept, file.target);
  }
}

Error OutputDirectory::commit() {
  for (auto [i, file] : enumerate(files)) {
    file.isNew = isFree(file.target);
    if (!file.isNew)
      file.kept = keepOld(file.temporaryPath, file.target);
    if (std::error_code error =
            sys::fs::rename(file.temporaryPath, file.target)) {
      dropKept(file.kept);
      std::string target = file.target;
      takeBack(i);
      discard();
      return makeFileError(target, error);
    }
    sys::DontRemoveFileOnSignal(file.temporaryPath);
  }
  for (const PendingFile &file : files)
    dropKept(file.kept);
  files.clear();
  createdFolders.clear();
  return Error::success();
}

Error writeFileAtomically(StringRef path, StringRef contents) {
  StringRef folder = sys::path::parent_path(path);
  Expected<std::string> temporary =
      writeTemporary(folder.empty() ? "." : folder, sys::path::filename(path),
                     [&](raw_ostream &os) { os << contents; });
  if (!temporary)
    return temporary.takeError();
  std::error_code error = sys::fs::rename(*temporary, path);
  if (error)
    sys::fs::remove(*temporary);
  sys::DontRemoveFileOnSignal(*temporary);
  return error ? makeFileError(path, error) : Error::success();
}

//===----------------------------------------------------------------------===//
// Reading inside a folder
//===----------------------------------------------------------------------===//

/// Opens `relative` below `root` without following a link. Gives a descriptor.
static Expected<int> openWithoutLinks(StringRef root, StringRef relative) {
  std::string shown = escapeForComment(relative);
  SmallVector<StringRef> components;
  relative.split(components, '/', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  erase(components, ".");
  if (relative.starts_with("/") || relative.contains('\0') ||
      is_contained(components, "..") || components.empty())
    return createStringError("'" + shown +
                             "' must be a relative path without '..'");

  constexpr int flags = O_RDONLY | O_CLOEXEC;
  int descriptor =
      ::open(root.empty() ? "." : root.str().c_str(), flags | O_DIRECTORY);
  for (size_t i = 0; i < components.size() && descriptor >= 0; ++i) {
    bool last = i + 1 == components.size();
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    int next = ::openat(descriptor, components[i].str().c_str(),
                        flags | O_NOFOLLOW | (last ? O_NONBLOCK : O_DIRECTORY));
    int error = errno;
    ::close(descriptor);
    errno = error;
    descriptor = next;
  }
  if (descriptor >= 0)
    return descriptor;
  // A link in the middle fails as ENOTDIR, at the end as ELOOP.
  if (errno == ELOOP || errno == ENOTDIR)
    return createStringError("'" + shown +
                             "' goes through a symbolic link, or a folder in "
                             "it is none; links are not followed");
  return makeFileError("'" + shown + "'", errnoAsErrorCode());
}

Expected<std::unique_ptr<MemoryBuffer>>
openInside(StringRef root, StringRef relative, uint64_t offset,
           std::optional<uint64_t> length) {
  Expected<int> descriptor = openWithoutLinks(root, relative);
  if (!descriptor)
    return descriptor.takeError();
  scope_exit closeDescriptor([&] { ::close(*descriptor); });

  std::string shown = "'" + escapeForComment(relative) + "'";
  struct stat status;
  if (::fstat(*descriptor, &status) != 0)
    return makeFileError(shown, errnoAsErrorCode());
  if (!S_ISREG(status.st_mode))
    return createStringError(shown + " is not a regular file");
  if (status.st_nlink > 1)
    return createStringError(shown + " has more than one hard link, so it may "
                                     "be a file from elsewhere; copy it");

  uint64_t size = status.st_size;
  if (offset > size || (length && *length > size - offset)) {
    std::string wanted =
        length ? std::to_string(*length) + " bytes" : std::string("data");
    return createStringError(shown + " has " + Twine(size) + " bytes; " +
                             wanted + " at offset " + Twine(offset) +
                             " are not in it");
  }
  uint64_t bytes = length.value_or(size - offset);
  if (bytes == 0)
    return MemoryBuffer::getMemBufferCopy("", shown);
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer =
      MemoryBuffer::getOpenFileSlice(*descriptor, shown, bytes, offset);
  if (std::error_code error = buffer.getError())
    return makeFileError(shown, error);
  return std::move(*buffer);
}

} // namespace setun
