// Small additions to CLI11 that several subcommands use.
#ifndef SETUN_TOOLS_SETUN_COMMANDLINE_H
#define SETUN_TOOLS_SETUN_COMMANDLINE_H

#include <CLI/CLI.hpp>

namespace setun::driver {

/// An option with a few words as values.
template <typename T>
CLI::Option *addChoice(CLI::App &command, const std::string &flag, T &target,
                       const std::string &description,
                       const std::vector<std::pair<std::string, T>> &words) {
  std::string names;
  for (const auto &[word, value] : words)
    names += (names.empty() ? "" : "|") + word;
  return command.add_option(flag, target, description)
      ->type_name(names)
      ->transform(CLI::CheckedTransformer(words).description(""));
}

/// An option that may be given several times, with one value each.
inline CLI::Option *addRepeated(CLI::App &command, const std::string &flag,
                                std::vector<std::string> &target,
                                const std::string &description) {
  return command.add_option(flag, target, description + "; may be repeated")
      ->allow_extra_args(false);
}

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_COMMANDLINE_H
