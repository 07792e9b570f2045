// Some events tell of a state and not of an incident: that an account has delayed data only is as
// true in the fourteenth slot as in the first, and nobody wants to hear it fourteen times.
//
// The first event of such a code on a trade date goes on as it is, each later one as info. What an
// earlier process of the day said is read from that day's error file. Symbols are told apart.
#pragma once

#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <tuple>

#include "observe/event.h"
#include "observe/run.h"

namespace opt_data::observe {

class OnceADay : public EventSink {
 public:
  // `next` and `run` outlive the sink.
  OnceADay(
      EventSink& next, std::filesystem::path run_logs, const Run& run, std::set<std::string> codes);

  void on(const Event& event) override;

 private:
  bool first_of_the_day(const Event& event);
  void recall(const std::string& trade_date);

  EventSink& next_;
  const std::filesystem::path run_logs_;
  const Run& run_;
  const std::set<std::string> codes_;

  std::mutex mutex_;
  std::string recalled_;                                              // A trade date.
  std::set<std::tuple<std::string, std::string, std::string>> told_;  // Date, code, symbol.
};

}  // namespace opt_data::observe
