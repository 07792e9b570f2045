// Everything that may be looked at. Nothing in here can be changed, and no job started: those who
// read have no writer, no gateway and no lock.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "calendar/calendar.h"
#include "calendar/slot.h"
#include "market/option_quote.h"
#include "schedule/agenda.h"
#include "store/dataset.h"

namespace opt_data::serve {

struct Sources {
  store::DatasetPaths paths;
  std::filesystem::path state, run_logs;
  std::filesystem::path event_log;  // Of the collector.
  Calendar calendar;
  std::chrono::minutes slot_step{30};
  schedule::Times times;
  int subscriptions_per_minute = 0;
  std::function<DataSource()> source;  // Of the rows that are here.
  std::string version;
  std::function<Instant()> now;
  std::function<std::string()> secret;  // 32 hexadecimal digits that nobody can guess.

  std::filesystem::path ledger() const { return state / "ledger.sqlite"; }
  std::filesystem::path heartbeat() const { return state / "collector.json"; }
  SlotGrid grid(TradeDate date) const { return SlotGrid(calendar.session(date), slot_step); }
};

}  // namespace opt_data::serve
