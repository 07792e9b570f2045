#include <csignal>
#include <exception>

#include "app/command.h"
#include "app/crash_points.h"

int main(int argc, char** argv) {
  using namespace opt_data;
  // A gateway that goes away while we write is an error value, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // So is a file that has reached the limit of its size.
  app::Cli cli;
  app::add_all_commands(cli);
  try {
    cli.root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = cli.root.exit(error);
    return code == 0 ? 0 : static_cast<int>(app::Exit::usage);
  }
  try {
    const app::Exit exit = cli.chosen();
    app::write_crash_counts();
    return static_cast<int>(exit);
  } catch (const std::exception& error) {
    // Only a library's exception that its wrapper missed gets here; what was published is whole.
    return static_cast<int>(app::complain(
        Error{ErrorKind::storage, std::string("unexpected: ") + error.what(), 0}, cli.globals));
  }
}
