#include "app/installed.h"

namespace opt_data::app {

namespace fs = std::filesystem;

fs::path program_folder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

fs::path installed_config(const fs::path& program_folder) {
  std::error_code error;
  const fs::path prefix = program_folder.parent_path();
  if (program_folder.filename() != "bin" || !fs::is_directory(prefix / "share/opt-data", error))
    return {};
  return (prefix == "/usr" ? fs::path("/etc") : prefix / "etc") / "opt-data/opt-data.toml";
}

}  // namespace opt_data::app
