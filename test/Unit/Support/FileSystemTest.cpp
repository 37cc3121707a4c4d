//===- FileSystemTest.cpp - Careful reading and writing of files ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A transaction that is not committed leaves nothing behind; a path from a
// model does not lead out of its folder.
//===----------------------------------------------------------------------===//

#include "setun/Support/FileSystem.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include "gtest/gtest.h"

#include <set>

#include <sys/stat.h>
#include <unistd.h>

using namespace setun;

namespace {

/// Each test has a folder of its own.
class FileSystem : public testing::Test {
protected:
  void SetUp() override {
    llvm::SmallString<128> path;
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("setun-files", path));
    root = path.str().str();
  }
  void TearDown() override { llvm::sys::fs::remove_directories(root); }

  std::string at(const char *name) { return root + "/" + name; }

  void put(const std::string &path, llvm::StringRef text) {
    ASSERT_EQ(llvm::toString(writeFileAtomically(path, text)), "");
  }

  std::string get(const std::string &path) {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : "(missing)";
  }

  std::set<std::string> list(const std::string &folder) {
    std::set<std::string> names;
    std::error_code error;
    for (llvm::sys::fs::directory_iterator it(folder, error), end; it != end;
         it.increment(error))
      names.insert(llvm::sys::path::filename(it->path()).str());
    return names;
  }

  std::string openError(llvm::StringRef relative, uint64_t offset = 0,
                        std::optional<uint64_t> length = std::nullopt) {
    auto buffer = openInside(root + "/model", relative, offset, length);
    return buffer ? "" : llvm::toString(buffer.takeError());
  }

  std::string root;
};

using OutputDirectoryTest = FileSystem;
using OpenInside = FileSystem;

TEST_F(OutputDirectoryTest, CommitRenamesAll) {
  {
    OutputDirectory out = llvm::cantFail(OutputDirectory::open(root + "/a/b"));
    llvm::cantFail(out.write("model.c", "int x;\n"));
    llvm::cantFail(out.write(
        "model.h", [](llvm::raw_ostream &os) { os << "extern int x;\n"; }));
    EXPECT_EQ(get(root + "/a/b/model.c"), "(missing)");
    llvm::cantFail(out.commit());
  }
  EXPECT_EQ(list(root + "/a/b"), (std::set<std::string>{"model.c", "model.h"}));
  EXPECT_EQ(get(root + "/a/b/model.c"), "int x;\n");
  EXPECT_EQ(get(root + "/a/b/model.h"), "extern int x;\n");
}

TEST_F(OutputDirectoryTest, WithoutCommitNothingIsLeft) {
  {
    OutputDirectory out =
        llvm::cantFail(OutputDirectory::open(root + "/new/deep"));
    llvm::cantFail(out.write("model.c", "half"));
  }
  EXPECT_TRUE(list(root).empty());

  put(at("model.c"), "old");
  {
    OutputDirectory out = llvm::cantFail(OutputDirectory::open(root));
    llvm::cantFail(out.write("model.c", "half"));
  }
  EXPECT_EQ(list(root), (std::set<std::string>{"model.c"}));
  EXPECT_EQ(get(at("model.c")), "old");
}

TEST_F(OutputDirectoryTest, MovedDirectoryStillCleansUpOnce) {
  {
    OutputDirectory first =
        llvm::cantFail(OutputDirectory::open(root + "/new"));
    llvm::cantFail(first.write("a", "a"));
    OutputDirectory second(std::move(first));
    llvm::cantFail(second.commit());
  }
  EXPECT_EQ(get(root + "/new/a"), "a");
}

TEST_F(OutputDirectoryTest, FoldersBelow) {
  {
    OutputDirectory out = llvm::cantFail(OutputDirectory::open(root + "/a"));
    llvm::cantFail(out.write("b/c/deep", "deep"));
    llvm::cantFail(out.write("b/c/too", "too"));
    llvm::cantFail(out.write("top", "top"));
  }
  EXPECT_TRUE(list(root).empty());
  {
    OutputDirectory out = llvm::cantFail(OutputDirectory::open(root + "/a"));
    llvm::cantFail(out.write("b/c/deep", "deep"));
    llvm::cantFail(out.write("top", "top"));
    llvm::cantFail(out.commit());
  }
  EXPECT_EQ(get(root + "/a/b/c/deep"), "deep");
  EXPECT_EQ(list(root + "/a"), (std::set<std::string>{"b", "top"}));
  EXPECT_EQ(list(root + "/a/b/c"), (std::set<std::string>{"deep"}));
}

TEST_F(OutputDirectoryTest, FailedCommitChangesNothing) {
  put(at("model.c"), "old");
  // A folder in the place of the third file makes its rename fail.
  mkdir(at("model.h").c_str(), 0777);
  {
    OutputDirectory out = llvm::cantFail(OutputDirectory::open(root));
    llvm::cantFail(out.write("model.c", "new"));
    llvm::cantFail(out.write("sub/new.c", "new"));
    llvm::cantFail(out.write("model.h", "new"));
    std::string error = llvm::toString(out.commit());
    EXPECT_TRUE(llvm::StringRef(error).contains("model.h")) << error;
  }
  EXPECT_EQ(list(root), (std::set<std::string>{"model.c", "model.h"}));
  EXPECT_EQ(get(at("model.c")), "old");
}

TEST_F(OutputDirectoryTest, FailedCommitGivesLinksBack) {
  // A link that leads nowhere, and a folder in the place of the second file.
  ASSERT_EQ(symlink("nowhere", at("model.c").c_str()), 0);
  mkdir(at("model.h").c_str(), 0777);
  {
    OutputDirectory out = llvm::cantFail(OutputDirectory::open(root));
    llvm::cantFail(out.write("model.c", "new"));
    llvm::cantFail(out.write("model.h", "new"));
    llvm::consumeError(out.commit());
  }
  EXPECT_EQ(list(root), (std::set<std::string>{"model.c", "model.h"}));
  EXPECT_TRUE(llvm::sys::fs::is_symlink_file(at("model.c")));
}

TEST_F(OutputDirectoryTest, RefusesTwoFilesOfOneName) {
  OutputDirectory out = llvm::cantFail(OutputDirectory::open(root));
  llvm::cantFail(out.write("net.c", "first"));
  EXPECT_EQ(llvm::toString(out.write("net.c", "second")),
            "two files are to be called 'net.c'");
}

TEST_F(OutputDirectoryTest, FailedCommitTakesBackNewFiles) {
  // A folder in the place of the second file makes its rename fail.
  mkdir(at("model.h").c_str(), 0777);
  {
    OutputDirectory out = llvm::cantFail(OutputDirectory::open(root));
    llvm::cantFail(out.write("model.c", "new"));
    llvm::cantFail(out.write("model.h", "new"));
    std::string error = llvm::toString(out.commit());
    EXPECT_TRUE(llvm::StringRef(error).contains("model.h")) << error;
  }
  EXPECT_EQ(list(root), (std::set<std::string>{"model.h"}));
}

TEST_F(OutputDirectoryTest, RefusesPathsAndFilesAsFolders) {
  OutputDirectory out = llvm::cantFail(OutputDirectory::open(root));
  for (const char *name : {"../x", "/etc/x", "a/../b", "a//b", "", ".", ".."})
    EXPECT_EQ(llvm::toString(out.write(name, "")),
              "'" + std::string(name) +
                  "' is not the name of a file inside the folder");
  put(at("file"), "");
  EXPECT_EQ(llvm::toString(OutputDirectory::open(at("file")).takeError()),
            at("file") + ": is not a folder");
  EXPECT_NE(llvm::toString(OutputDirectory::open(at("file/x")).takeError()),
            "");
}

TEST_F(FileSystem, AtomicWriteFailsCleanly) {
  EXPECT_NE(llvm::toString(writeFileAtomically(root + "/none/x", "text")), "");
  mkdir(at("taken").c_str(), 0777);
  EXPECT_NE(llvm::toString(writeFileAtomically(at("taken"), "text")), "");
  EXPECT_EQ(list(root), (std::set<std::string>{"taken"}));
}

TEST_F(OpenInside, ReadsSlices) {
  mkdir(at("model").c_str(), 0777);
  mkdir(at("model/sub").c_str(), 0777);
  std::string text(20000, 'a');
  text.replace(10000, 5, "hello");
  put(at("model/sub/w.bin"), text);
  auto read = [&](llvm::StringRef path, uint64_t offset,
                  std::optional<uint64_t> length) {
    return llvm::cantFail(openInside(root + "/model", path, offset, length))
        ->getBuffer()
        .str();
  };
  EXPECT_EQ(read("sub/w.bin", 0, std::nullopt), text);
  EXPECT_EQ(read("./sub//w.bin", 10000, 5), "hello");
  EXPECT_EQ(read("sub/w.bin", 19999, std::nullopt), "a");
  EXPECT_EQ(read("sub/w.bin", 20000, std::nullopt), "");
  EXPECT_EQ(read("sub/w.bin", 7, 0), "");
}

TEST_F(OpenInside, ChecksOffsetAndLength) {
  mkdir(at("model").c_str(), 0777);
  put(at("model/w.bin"), "0123456789");
  EXPECT_EQ(openError("w.bin", 0, 11),
            "'w.bin' has 10 bytes; 11 bytes at offset 0 are not in it");
  EXPECT_EQ(openError("w.bin", 11),
            "'w.bin' has 10 bytes; data at offset 11 are not in it");
  // offset + length wraps to 4.
  EXPECT_EQ(openError("w.bin", 5, UINT64_MAX),
            "'w.bin' has 10 bytes; 18446744073709551615 bytes at offset 5 are "
            "not in it");
  EXPECT_NE(openError("w.bin", UINT64_MAX, 5), "");
  EXPECT_EQ(openError("w.bin", 5, 5), "");
}

TEST_F(OpenInside, RefusesPathsThatLeadOut) {
  mkdir(at("model").c_str(), 0777);
  put(at("secret"), "secret");
  put(at("model/w.bin"), "w");
  for (std::string path :
       {std::string("../secret"), std::string("x/../w.bin"), std::string(".."),
        std::string(""), std::string("."), at("secret"),
        std::string("/etc/passwd"), std::string("w.bin\0../secret", 15)}) {
    std::string error = openError(path);
    EXPECT_TRUE(llvm::StringRef(error).ends_with(
        "must be a relative path without '..'"))
        << error;
  }
  EXPECT_EQ(openError("missing"), "'missing': No such file or directory");
  // Two dots inside a name are only a name.
  put(at("model/a..b"), "w");
  EXPECT_EQ(openError("a..b"), "");
}

TEST_F(OpenInside, RefusesLinks) {
  mkdir(at("model").c_str(), 0777);
  mkdir(at("outside").c_str(), 0777);
  put(at("outside/secret"), "secret");
  ASSERT_EQ(symlink("../outside/secret", at("model/link").c_str()), 0);
  ASSERT_EQ(symlink("../outside", at("model/folder").c_str()), 0);
  ASSERT_EQ(link(at("outside/secret").c_str(), at("model/hard").c_str()), 0);
  EXPECT_EQ(openError("link"),
            "'link' goes through a symbolic link, or a folder in it is none; "
            "links are not followed");
  EXPECT_EQ(openError("folder/secret"),
            "'folder/secret' goes through a symbolic link, or a folder in it "
            "is none; links are not followed");
  EXPECT_EQ(openError("hard"),
            "'hard' has more than one hard link, so it may be a file from "
            "elsewhere; copy it");
  // The folder of the model itself may be reached by a link.
  ASSERT_EQ(symlink("model", at("alias").c_str()), 0);
  put(at("model/w.bin"), "w");
  EXPECT_TRUE(static_cast<bool>(openInside(at("alias"), "w.bin")));
}

TEST_F(OpenInside, RefusesWhatIsNoFile) {
  mkdir(at("model").c_str(), 0777);
  mkdir(at("model/folder").c_str(), 0777);
  // Opening a FIFO for reading would wait for a writer.
  ASSERT_EQ(mkfifo(at("model/fifo").c_str(), 0666), 0);
  EXPECT_EQ(openError("folder"), "'folder' is not a regular file");
  EXPECT_EQ(openError("fifo"), "'fifo' is not a regular file");
}

} // namespace
