//===- ReportPage.cpp - What a model costs, as a page of HTML -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The page is page.html with page.css and page.js, put together at build time
// by embed_page.py; here only the data goes in.
//===----------------------------------------------------------------------===//

#include "setun/Report/ModelReport.h"

#include "lib/Report/PageText.inc"

using namespace mlir;

namespace setun {

/// JSON that can stand in a script element: nothing in it can look like the
/// element's end or a comment, or be taken for the end of a line. Outside of
/// strings JSON has none of these characters, inside escapes mean the same.
static std::string escapeForScript(StringRef json) {
  static constexpr std::pair<StringLiteral, StringLiteral> escapes[] = {
      {"<", "\\u003c"},
      {">", "\\u003e"},
      {"&", "\\u0026"},
      {"\u2028", "\\u2028"},
      {"\u2029", "\\u2029"}};
  std::string text;
  while (!json.empty()) {
    const auto *escape = llvm::find_if(escapes, [&](const auto &pair) {
      return json.starts_with(pair.first);
    });
    if (escape == std::end(escapes)) {
      text += json.front();
      json = json.drop_front();
    } else {
      text += escape->second;
      json = json.drop_front(escape->first.size());
    }
  }
  return text;
}

std::string makeReportPage(const ModelReport &report, StringRef version) {
  std::string json;
  llvm::raw_string_ostream stream(json);
  writeReportJson(report, stream);
  std::string page;
  for (StringRef part : pageParts) {
    // Between the parts stand the places for what is known only now.
    if (part == "@DATA@")
      page += escapeForScript(json);
    else if (part == "@VERSION@")
      page += version;
    else
      page += part;
  }
  return page;
}

} // namespace setun
