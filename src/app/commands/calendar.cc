// opt-data calendar show [--date D] [--days N]
#include <nlohmann/json.hpp>

#include "app/command.h"

namespace opt_data::app {
namespace {

struct CalendarFlags {
  std::string date = "today";
  int days = 5;
};

Exit run(const CalendarFlags& flags, const Globals& globals) {
  const Calendar calendar;
  const Instant now = RealClock().now();
  Result<std::chrono::year_month_day> day = in_new_york(now).day;
  if (flags.date != "today") day = parse_day(flags.date);
  if (!day) return complain(day.error(), globals);
  auto date = calendar.on_or_after(*day);
  if (!date) return complain(date.error(), globals);
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < flags.days; ++i) {
    const TradingSession session = calendar.session(*date);
    const SlotGrid grid(session, std::chrono::minutes{30});
    const std::string note = calendar.note(*date).value_or("");
    rows.push_back(
        {date->text(), new_york_text(session.open), new_york_text(session.close),
         std::to_string(grid.size()), note});
    json.push_back(
        {{"trade_date", date->text()},
         {"open", iso_utc(session.open)},
         {"close", iso_utc(session.close)},
         {"slots", grid.size()},
         {"note", note}});
    date = calendar.next(*date);
    if (!date) return complain(date.error(), globals);
  }
  if (globals.json) {
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("{}", aligned_table({"trade date", "opens", "closes", "slots", "note"}, rows));
  }
  return Exit::done;
}

}  // namespace

void add_calendar(Cli& cli) {
  CLI::App* calendar = cli.root.add_subcommand("calendar", "When US options trade");
  calendar->require_subcommand(1);
  auto flags = std::make_shared<CalendarFlags>();
  CLI::App* show = calendar->add_subcommand("show", "Sessions and their slots");
  show->add_option("--date", flags->date, "From this day on")->capture_default_str();
  show->add_option("--days", flags->days, "How many sessions")
      ->check(CLI::Range(1, 400))
      ->capture_default_str();
  show->callback(
      [flags, &cli] { cli.chosen = [flags, &cli] { return run(*flags, cli.globals); }; });
}

}  // namespace opt_data::app
