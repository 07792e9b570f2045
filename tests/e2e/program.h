// The built program as a process: what it printed, how it ended, what it cost.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace opt_data::e2e {

// Removed at the end; kept, and named, when the test has failed.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct Invocation {
  std::vector<std::string> arguments;
  std::string program = {};                                  // Empty: opt-data.
  std::map<std::string, std::string> environment = {};       // Added to this process's own.
  std::optional<std::chrono::microseconds> kill_after = {};  // SIGKILL from outside.
};

struct Finished {
  int exit_code = -1;   // -1 when a signal ended it
  bool killed = false;  // SIGKILL
  std::string out, err;
  double seconds = 0;
  // Of the process or of this one when it was started, whichever is more: the kernel hands a
  // parent's size down to its child, so this is a bound from above.
  double rss_megabytes = 0;

  nlohmann::json json() const;  // Standard output; discarded where it is none.
};

Finished run_program(const Invocation& invocation);

// `opt-data demo --json --dir <dir> ...`
Finished run_demo(
    const std::filesystem::path& dir, std::vector<std::string> arguments,
    std::map<std::string, std::string> environment = {});
// `opt-data --config <dir>/config/opt-data.toml ...`
Finished run_verb(const std::filesystem::path& dir, std::vector<std::string> arguments);

std::string read_file(const std::filesystem::path& file);

// Wall-clock claims hold for the optimised program only.
constexpr bool is_timed =
#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    true;
#else
    false;
#endif

}  // namespace opt_data::e2e
