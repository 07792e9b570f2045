// Writes what a package ships about the command line, and its configuration: run by the build.
//
//   opt_data_make_pages FOLDER ETC STATE
#include <fmt/format.h>

#include <cstdio>

#include "app/command.h"
#include "app/pages.h"
#include "store/disk.h"

int main(int argc, char** argv) {
  using namespace opt_data;
  if (argc != 4) {
    fmt::print(stderr, "usage: opt_data_make_pages FOLDER ETC STATE\n");
    return static_cast<int>(app::Exit::usage);
  }
  app::Cli cli;
  app::add_all_commands(cli);
  const std::filesystem::path folder = argv[1];
  store::RealDisk disk;
  for (const auto& [name, text] : {
           std::pair<const char*, std::string>{
               "opt-data.1", app::man_page(cli.root, "opt-data " OPT_DATA_VERSION)},
           {"opt-data.bash", app::bash_completion(cli.root)},
           {"_opt-data", app::zsh_completion(cli.root)},
           {"opt-data.fish", app::fish_completion(cli.root)},
           {"opt-data.toml", app::installed_configuration(argv[2], argv[3])},
       }) {
    if (const auto made = disk.make_directories(folder); !made)
      return static_cast<int>(app::complain(made.error(), cli.globals));
    if (const auto done = disk.write(folder / name, text); !done)
      return static_cast<int>(app::complain(done.error(), cli.globals));
  }
  return 0;
}
