// What the tests of the sinks have in common: a clock that stands, a run, and a folder that goes
// away.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "observe/run.h"

namespace opt_data::observe {

inline const Instant noon = from_micros(1'759'766'400'250'000);  // 2025-10-06T16:00:00.25Z
inline Instant at_noon() { return noon; }

inline const RunContext monday{"2025-10-06", "snapshot/2025-10-06/05", "0123abcd"};

inline Event event_of(Level level, std::string code, std::string message = "something happened") {
  return {level, std::move(code), "collect", std::move(message), "", "", {}, {}, ""};
}

inline std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "opt-data-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace opt_data::observe
