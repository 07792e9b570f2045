// Bad days, drawn. Most faults are aimed at the seconds around a slot, where the collector is at
// work: elsewhere they would mostly meet nobody.
#include <algorithm>

#include "base/random.h"
#include "calendar/calendar.h"
#include "calendar/slot.h"
#include "sim/scenario.h"

namespace opt_data::sim {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::chrono::year_month_day first_day{
    std::chrono::year{2025}, std::chrono::month{1}, std::chrono::day{2}};
constexpr std::uint64_t days_to_choose_from = 700;

class Drawing {
 public:
  Drawing(std::uint64_t seed, UniverseSize size)
      : random_(Random::keyed(seed, {key_of("scenario")})) {
    out_.seed = seed;
    out_.title = "drawn";
    choose_day();
    choose_universe(size);
    constexpr double shares[] = {0.0, 0.05, 0.1, 0.2, 0.35};
    share_ = shares[random_.below(5)];
  }

  Scenario draw() {
    gateway_habits();
    gateway_answers();
    session_faults();
    notices();
    link();
    market();
    machine();
    return std::move(out_);
  }

 private:
  void choose_day() {
    const std::chrono::local_days day =
        std::chrono::local_days{first_day} +
        std::chrono::days{static_cast<int>(random_.below(days_to_choose_from))};
    if (const auto date = calendar_.on_or_after(std::chrono::year_month_day{day}))
      out_.date = date->day();
    const auto date = calendar_.trade_date(out_.date);
    slots_ = SlotGrid(calendar_.session(*date), 30min).slots();
  }

  void choose_universe(UniverseSize size) {
    if (size == UniverseSize::large) {
      out_.universe.symbols = {"AAPL", "MSFT", "NVDA", "AMZN", "META", "GOOG",
                               "TSLA", "AMD",  "NFLX", "INTC", "JPM"};
      // Their lists would take the broker's throttle more than a morning.
      out_.gateway.wide = {5s, 1s, 10s, 600s};
      out_.universe.expiry_months_ahead = 0;
      out_.universe.strikes_per_side = 0;
      out_.universe.weekly = true;
      return;
    }
    // One month would leave a day on which an expiry ends without any other.
    out_.universe.expiry_months_ahead = 2 + static_cast<int>(random_.below(2));
    out_.universe.strikes_per_side = 1 + static_cast<int>(random_.below(2));
    if (one_in(4)) out_.universe.symbols = {"AAPL"};
    if (one_in(5)) out_.limits.in_flight = 12;
    if (one_in(8)) out_.limits.subscriptions_per_minute = 60;
    if (one_in(8)) out_.limits.messages_per_second = 20;
  }

  // ---- chance
  bool one_in(std::uint64_t n) { return random_.below(n) == 0; }
  bool happens() { return random_.uniform() < share_; }
  microseconds between(microseconds low, microseconds high) {
    return low + microseconds{random_.below(static_cast<std::uint64_t>((high - low).count()) + 1)};
  }
  int number(int low, int high) {
    return low + static_cast<int>(random_.below(static_cast<std::uint64_t>(high - low + 1)));
  }

  Instant instant() {
    if (one_in(6)) return new_york(out_.date, between(7h, 17h));
    if (one_in(8)) {
      const auto date = calendar_.trade_date(out_.date);
      if (const auto next = calendar_.next(*date))
        return new_york(next->day(), between(7h + 29min, 7h + 35min));
    }
    const Slot& slot = slots_[random_.below(slots_.size())];
    return slot.at + between(-2s, 6s);
  }
  Window window(microseconds shortest, microseconds longest) {
    const Instant from = instant();
    return {from, from + between(shortest, longest)};
  }
  Window session_part() {
    const Slot& first = slots_[random_.below(slots_.size())];
    return {first.at - between(0s, 20min), first.at + between(1min, 100min)};
  }
  RequestFilter some_requests() {
    RequestFilter filter;
    if (one_in(3)) filter.exchange = "SMART";
    filter.when = session_part();
    return filter;
  }

  // ---- kinds of fault
  void gateway_habits() {
    SimOptions& gateway = out_.gateway;
    SimFaults& faults = gateway.faults;
    gateway.late_ticks_per_thousand = number(0, 600);
    faults.split_frames = one_in(10);
    faults.permuted_ticks = one_in(3);
    if (happens()) faults.duplicates_per_thousand = number(1, 200);
    if (happens()) faults.silent_per_thousand = number(1, 60);
    if (happens()) faults.no_greeks_per_thousand = number(1, 60);
    if (happens()) gateway.lines_max = static_cast<std::size_t>(number(8, 90));
    if (happens()) faults.id_lingers = std::chrono::seconds{number(5, 90)};
    if (happens()) faults.clock_skew = std::chrono::seconds{number(-90, 90)};
    if (happens()) gateway.line_release = milliseconds{number(10, 400)};
    if (happens()) gateway.entitlement = static_cast<Entitlement>(number(1, 4));
  }

  void gateway_answers() {
    SimFaults& faults = out_.gateway.faults;
    if (happens()) faults.silent.push_back(some_requests());
    if (happens()) faults.no_greeks.push_back(some_requests());
    if (happens()) faults.no_generics.push_back(some_requests());
    if (happens()) {
      faults.late_greeks.push_back(some_requests());
      faults.greeks_late_by = milliseconds{number(2'000, 14'000)};
    }
    if (happens()) faults.partial.push_back(some_requests());
    constexpr std::int32_t codes[] = {200, 321, 322, 354, 504};
    if (happens()) faults.refusals.push_back({some_requests(), codes[random_.below(5)]});
    if (happens()) {
      const Window lost = session_part();
      const auto left = static_cast<Entitlement>(number(1, 4));
      faults.entitlement_changes = {{lost.from, left}, {lost.to, out_.gateway.entitlement}};
    }
  }

  void session_faults() {
    SimFaults& faults = out_.gateway.faults;
    const auto times = [&](auto add) {
      if (!happens()) return;
      for (int i = number(1, 3); i > 0; --i) add();
    };
    times([&] { faults.disconnect_at.push_back(instant()); });
    times([&] { faults.refuse.push_back(window(1s, 2min)); });
    times([&] { faults.down.push_back(window(5s, 10min)); });
    times([&] { faults.half_open.push_back(window(1s, 3min)); });
    times([&] { faults.competing.push_back(window(1s, 5min)); });
    times([&] { faults.farm_down.push_back(window(1s, 2min)); });
    times([&] { faults.garbage_at.push_back(instant()); });
    if (happens()) {  // The nightly restart, and the one before the open.
      const Instant night = new_york(out_.date, 23h + 45min);
      faults.down.push_back({night, night + 6min});
      const Instant morning = new_york(out_.date, 6h + 58min);
      faults.down.push_back({morning, morning + 5min});
    }
  }

  void notices() {
    std::vector<ScriptedNotice>& notices = out_.gateway.faults.notices;
    if (happens()) {
      const Window lost = window(500ms, 3min);
      notices.push_back({lost.from, 1100, ""});
      notices.push_back({lost.to, one_in(2) ? 1101 : 1102, ""});
    }
    if (happens()) notices.push_back({instant(), 1300, ""});
    if (happens()) notices.push_back({instant(), 100, ""});
    if (happens()) {  // A flap: broken and well again, several times, without a loss of data.
      const std::int32_t broken = one_in(2) ? 2105 : 2103;
      Instant at = instant();
      for (int i = number(1, 4); i > 0; --i) {
        notices.push_back({at, broken, ""});
        at += between(100ms, 5s);
        notices.push_back({at, broken + 1, ""});
        at += between(100ms, 5s);
      }
    }
    if (happens()) notices.push_back({instant(), 2108, ""});
    std::ranges::sort(notices, {}, &ScriptedNotice::at);
  }

  void link() {
    LinkFaults& link = out_.link;
    if (happens())
      for (int i = number(1, 3); i > 0; --i)
        link.cuts.push_back({instant(), random_.below(20'000), one_in(3)});
    if (happens()) {
      link.slow.push_back(window(10s, 5min));
      link.slow_bytes_per_second = 2'000 + random_.below(60'000);
    }
    if (happens()) {
      link.bursty.push_back(window(10s, 60min));
      link.burst = milliseconds{number(50, 1'500)};
    }
  }

  void market() {
    for (const Trouble kind : {Trouble::frozen_chain, Trouble::halted, Trouble::crossed}) {
      if (!happens()) continue;
      const auto& symbols = out_.universe.symbols;
      out_.market.push_back({kind, symbols[random_.below(symbols.size())], session_part()});
    }
  }

  void machine() {
    for (const DiskTrouble kind :
         {DiskTrouble::no_space, DiskTrouble::sync_failed, DiskTrouble::crash_before,
          DiskTrouble::crash_after})
      if (happens()) out_.disk.push_back({kind, number(0, 320), one_in(3) ? number(2, 6) : 1});
    if (happens())
      for (int i = number(1, 4); i > 0; --i) out_.kills.push_back(instant());
    std::ranges::sort(out_.kills);
    out_.restart_after = std::chrono::seconds{number(1, 90)};
  }

  Random random_;
  Calendar calendar_;
  Scenario out_;
  std::vector<Slot> slots_;
  double share_ = 0;
};

}  // namespace

Scenario draw_scenario(std::uint64_t seed, UniverseSize size) { return Drawing(seed, size).draw(); }

}  // namespace opt_data::sim
