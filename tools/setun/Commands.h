// The subcommands. Each lives in a file of its own and adds itself to the
// command line.
#ifndef SETUN_TOOLS_SETUN_COMMANDS_H
#define SETUN_TOOLS_SETUN_COMMANDS_H

#include <functional>

namespace CLI {
class App;
} // namespace CLI

namespace setun::driver {

/// What the command line asks for; gives the exit code.
using Action = std::function<int()>;

/// Each sets `action` if its subcommand is the chosen one.
void addBenchCommand(CLI::App &app, Action &action);
void addCompileCommand(CLI::App &app, Action &action);
void addRunCommand(CLI::App &app, Action &action);
void addVerifyCommand(CLI::App &app, Action &action);
void addInspectCommand(CLI::App &app, Action &action);
void addQuantizeCommand(CLI::App &app, Action &action);
void addReportCommand(CLI::App &app, Action &action);

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_COMMANDS_H
