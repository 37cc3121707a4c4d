// The folders of gold data beside a model, in the layout of ONNX's backend
// tests: test_data_set_*/{input,output}_N.{pb,npy}.
#ifndef SETUN_TOOLS_SETUN_TESTCASES_H
#define SETUN_TOOLS_SETUN_TESTCASES_H

#include "setun/Support/Npy.h"

#include <string>
#include <vector>

namespace setun::driver {

/// Inputs of a model and what it should make of them.
struct TestCase {
  std::vector<NpyArray> inputs;
  std::vector<NpyArray> outputs;
};

/// The folder of a model, "." for a file without one.
llvm::StringRef getModelFolder(llvm::StringRef model);

/// The test_data_set_* folders in `folder`, ordered by number.
std::vector<std::string> findTestCases(llvm::StringRef folder);

/// Reads one of them. Errors begin with the path of the file.
llvm::Expected<TestCase> readTestCase(llvm::StringRef folder);

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_TESTCASES_H
