// `opt-data sim serve` on a free port of loopback, as a process beside the test.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "program.h"

namespace opt_data::e2e {

class Served {
 public:
  explicit Served(std::vector<std::string> arguments);
  ~Served();  // Stops it, where nobody did.
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  int port() const { return port_; }
  // Ends it as Ctrl-C does; how it ended and what it said.
  Finished stop();

 private:
  TemporaryDirectory streams_;
  pid_t process_ = -1;
  int port_ = 0;
};

}  // namespace opt_data::e2e
