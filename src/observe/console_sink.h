// Warnings and errors for whoever sits before the terminal, one line each.
//
//   error: gateway_lost: the peer closed the connection (AAPL, slot 10:30, code 1100)
//
// Of each code the first five are shown as they come; flush() says how many more there were and
// counts anew.
#pragma once

#include <map>
#include <mutex>
#include <ostream>
#include <string>
#include <utility>

#include "observe/run.h"

namespace opt_data::observe {

class ConsoleSink : public EventSink {
 public:
  static constexpr int shown_max = 5;

  // `out` (usually std::cerr) and `run` outlive the sink.
  ConsoleSink(std::ostream& out, const Run& run) : out_(out), run_(run) {}

  void on(const Event& event) override;
  void flush();

 private:
  std::ostream& out_;
  const Run& run_;
  std::mutex mutex_;
  std::map<std::pair<Level, std::string>, int> seen_;
};

}  // namespace opt_data::observe
