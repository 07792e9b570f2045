#include "observe/once_a_day.h"

#include <utility>

#include "calendar/instant.h"
#include "observe/error_file.h"

namespace opt_data::observe {

OnceADay::OnceADay(
    EventSink& next, std::filesystem::path run_logs, const Run& run, std::set<std::string> codes)
    : next_(next), run_logs_(std::move(run_logs)), run_(run), codes_(std::move(codes)) {}

void OnceADay::on(const Event& event) {
  if (!codes_.contains(event.code) || first_of_the_day(event)) return next_.on(event);
  Event again = event;
  again.level = Level::info;
  next_.on(again);
}

bool OnceADay::first_of_the_day(const Event& event) {
  const std::lock_guard lock(mutex_);
  const std::string date = run_.get().trade_date;
  if (date != recalled_) recall(date);
  return told_.emplace(date, event.code, event.symbol).second;
}

void OnceADay::recall(const std::string& trade_date) {
  recalled_ = trade_date;
  const auto day = parse_day(trade_date);
  if (!day) return;
  // No file, or one that cannot be read: then it is said once more, which costs little.
  const auto lines = read_errors_file(errors_path(run_logs_, *day));
  if (!lines) return;
  for (const LoggedEvent& line : *lines)
    if (codes_.contains(line.event.code))
      told_.emplace(trade_date, line.event.code, line.event.symbol);
}

}  // namespace opt_data::observe
