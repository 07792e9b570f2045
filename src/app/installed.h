// Where an installed program finds what came with it.
//
//   PREFIX/bin/opt-data   PREFIX/share/opt-data/recordings   PREFIX/etc/opt-data/opt-data.toml
//
// For the prefix /usr the configuration is in /etc, as everybody expects. A program in a build tree
// is not installed: it never takes the configuration of one that is.
#pragma once

#include <filesystem>

namespace opt_data::app {

// The folder of this very program, links followed.
std::filesystem::path program_folder();

// Empty: what is in `program_folder` is not installed.
std::filesystem::path installed_config(const std::filesystem::path& program_folder);

}  // namespace opt_data::app
