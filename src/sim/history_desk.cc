#include "sim/history_desk.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "sim/connection.h"
#include "sim/refusal.h"

namespace opt_data::sim {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::string_view service = "Historical Market Data Service error message:";
constexpr seconds minute{60};

tl::unexpected<Error> no_service(std::string_view why) {
  return refuse(162, fmt::format("{}{}", service, why));
}

// Bars of hours are no longer than a session's part here; days and more are not served.
std::optional<seconds> bar_size(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, int>, 15> sizes{
      {{"1 secs", 1},
       {"5 secs", 5},
       {"10 secs", 10},
       {"15 secs", 15},
       {"30 secs", 30},
       {"1 min", 60},
       {"2 mins", 120},
       {"3 mins", 180},
       {"5 mins", 300},
       {"10 mins", 600},
       {"15 mins", 900},
       {"20 mins", 1200},
       {"30 mins", 1800},
       {"1 hour", 3600},
       {"2 hours", 7200}}};
  const auto found = std::ranges::find(sizes, text, [](const auto& it) { return it.first; });
  return found == sizes.end() ? std::nullopt : std::optional(seconds{found->second});
}

std::optional<std::chrono::microseconds> clock_of(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 3) return std::nullopt;
  const auto h = parse_int(parts[0]), m = parse_int(parts[1]), s = parse_int(parts[2]);
  if (!h || !m || !s || *h < 0 || *h > 23 || *m < 0 || *m > 59 || *s < 0 || *s > 59)
    return std::nullopt;
  return seconds{*h * 3600 + *m * 60 + *s};
}

std::string date_text(Instant at, bool epoch) {
  if (epoch) return fmt::format("{}", micros(at) / 1'000'000);
  const NewYorkTime shown = in_new_york(at);
  const std::chrono::hh_mm_ss time(std::chrono::floor<seconds>(shown.time_of_day));
  return fmt::format(
      "{} {:02}:{:02}:{:02} US/Eastern", compact(shown.day), time.hours().count(),
      time.minutes().count(), time.seconds().count());
}

std::string_view word_of(BarKind kind) {
  constexpr std::array<std::string_view, 5> words{"Trades", "BidAsk", "Bid", "Ask", "Midpoint"};
  return words[static_cast<std::size_t>(kind)];
}

}  // namespace

HistoryDesk::~HistoryDesk() { forget_all(); }

void HistoryDesk::forget_all() {
  connection_.state().history_open -= open_.size();
  open_.clear();
}

void HistoryDesk::close(tws::RequestId id) { connection_.state().history_open -= open_.erase(id); }

// ---- reading a request

// "20261001 16:00:00 US/Eastern", "20261001-20:00:00" in UTC, or nothing for now.
Result<Instant> HistoryDesk::read_end(const tws::RequestHistoricalData& request) {
  if (request.end.empty()) return connection_.now();
  const auto wrong = [] {
    return refuse(
        10314,
        "End Date/Time: The date, time, or time-zone entered is invalid. The correct format is "
        "yyyymmdd hh:mm:ss xx/xxxx");
  };
  if (request.end.size() < 17) return wrong();
  const auto day = parse_compact_day(request.end.substr(0, 8));
  const auto time = clock_of(request.end.substr(9, 8));
  const std::string_view zone = trim(request.end.substr(17));
  if (!day || !time) return wrong();
  if (request.end[8] == '-') return Instant{sys_days{*day}} + *time;
  if (request.end[8] != ' ') return wrong();
  if (zone.empty()) {
    connection_.error(
        request.request, 2174,
        "Warning: You submitted request with date-time attributes without explicit time zone.");
  } else if (zone != "US/Eastern" && zone != "America/New_York") {
    return wrong();
  }
  return new_york(*day, *time);
}

Result<Instant> HistoryDesk::read_start(std::string_view duration, Instant end) const {
  const auto parts = split(duration, ' ');
  const auto count = parse_int(parts.front());
  if (parts.size() != 2 || parts[1].size() != 1 || !count || *count < 1 || *count > 100'000)
    return invalid("bH", "Historical data query duration is invalid");
  const Calendar& calendar = connection_.state().calendar;
  switch (parts[1].front()) {
    case 'S':
      return end - seconds{*count};
    case 'W':
      return end - days{7 * *count};
    case 'D':
      break;
    default:
      return invalid("bH", "The duration must be given in seconds, days or weeks");
  }
  // So many sessions, that of `end` included once it has begun.
  sys_days day{in_new_york(end).day};
  for (std::int64_t sessions = 0, back = 0; back < 3 * *count + 14; ++back, day -= days{1}) {
    const auto date = calendar.trade_date(year_month_day{day});
    if (!date || calendar.session(*date).open >= end) continue;
    if (++sessions == *count) return calendar.session(*date).open;
  }
  return invalid("bH", "The duration is longer than the calendar");
}

Result<HistoryDesk::Query> HistoryDesk::read(const tws::RequestHistoricalData& request) {
  if (open_.contains(request.request))
    return refuse(322, "Error processing request.-'bH' : cause - Duplicate ticker id");
  if (request.contract.exchange.empty()) return invalid("bH", "Please enter exchange");
  if (request.keep_up_to_date)
    return invalid("bH", "The simulated gateway keeps no bar up to date");
  if (request.format_date != 1 && request.format_date != 2)
    return invalid(
        "bH", fmt::format("Date formatting selection of {} rejected", request.format_date));
  const auto kind = parse_bar_kind(request.what_to_show);
  if (!kind) return invalid("bH", fmt::format("Incorrect what to show: {}", request.what_to_show));
  const auto size = bar_size(request.bar_size);
  if (!size) return invalid("bH", "Historical data bar size setting is invalid");
  OPT_TRY(const Instant end, read_end(request));
  OPT_TRY(const Instant from, read_start(request.duration, end));
  // What has expired is not listed any more, and has no history either.
  OPT_TRY(
      const ContractMatch match,
      find_contracts(connection_.state().chains, request.contract, connection_.now()));
  if (match.places.size() > 1)
    return refuse(
        200,
        fmt::format(
            "The contract description specified for {} is ambiguous", request.contract.symbol));
  Query query;
  query.id = match.is_option ? match.option(0).id : match.underlying->id;
  query.exchange = request.contract.exchange;
  query.named = fmt::format(
      "{}@{} {}", match.is_option ? occ_symbol(match.option(0)) : match.underlying->symbol,
      query.exchange, word_of(*kind));
  query.identity = fmt::format(
      "{}|{}|{}|{}|{}|{}|{}", query.id, query.exchange, request.end, request.duration,
      request.bar_size, request.what_to_show, request.regular_hours);
  query.kind = *kind;
  query.size = *size;
  query.from = from;
  query.to = end;
  query.epoch = request.format_date == 2;
  return query;
}

// ---- what the account may see, and how often it may ask

Result<void> HistoryDesk::allow(const Query& query) const {
  const GatewayState& state = connection_.state();
  const Instant now = connection_.now();
  for (const Window& window : state.options.faults.competing)
    if (window.contains(now))
      return no_service("Trading TWS session is connected from a different IP address");
  for (const HistoryRefusal& each : state.options.faults.history_refusals)
    if (each.which.matches(query.id, query.exchange, now)) return no_service(each.text);
  if (state.entitlement_at(now) != Entitlement::live)
    return no_service(
        state.chains.underlying(query.id) != nullptr ? "No market data permissions for NYSE STK"
                                                     : "No market data permissions for OPRA OPT");
  return {};
}

// False: one too many.
bool HistoryDesk::pace(const Query& query) {
  GatewayState& state = connection_.state();
  const HistoryRule& rule = state.options.history;
  const Instant now = connection_.now();
  if (state.history_open >= rule.open_max) return false;
  if (rule.small_bars_only && query.size >= minute) return true;
  const auto forget = [now](std::deque<Instant>& asked, seconds window) {
    while (!asked.empty() && asked.front() + window <= now) asked.pop_front();
  };
  const std::size_t cost = query.kind == BarKind::bid_ask ? 2 : 1;
  forget(state.history_asked, rule.window);
  if (state.history_asked.size() + cost > rule.requests_max) return false;
  const auto same = state.history_identical.find(query.identity);
  if (same != state.history_identical.end() && same->second + rule.identical > now) return false;
  auto& burst = state.history_bursts[query.named];
  forget(burst, rule.burst_window);
  if (burst.size() >= rule.burst_max) return false;
  state.history_asked.insert(state.history_asked.end(), cost, now);
  state.history_identical[query.identity] = now;
  burst.push_back(now);
  state.counters.history_units_high =
      std::max(state.counters.history_units_high, state.history_asked.size());
  return true;
}

// ---- answering

std::vector<MarketBar> HistoryDesk::bars(const Query& query) const {
  const GatewayState& state = connection_.state();
  const Instant to = std::min(query.to, connection_.now());
  std::vector<MarketBar> all;
  for (sys_days day{in_new_york(query.from).day}; Instant{day} < to; day += days{1}) {
    const auto date = state.calendar.trade_date(year_month_day{day});
    if (!date) continue;
    const TradingSession session = state.calendar.session(*date);
    Instant from = session.open;
    if (query.from > from) from += (query.from - from) / query.size * query.size;
    const Instant until = std::min(to, session.close);
    if (from >= until) continue;
    std::ranges::move(
        make_bars(state.market, query.id, query.kind, from, until, query.size),
        std::back_inserter(all));
  }
  return all;
}

void HistoryDesk::answer(tws::RequestId id, const Query& query) {
  close(id);
  const std::vector<MarketBar> made = bars(query);
  if (made.empty())
    return connection_.error(
        id, 162, fmt::format("{}HMDS query returned no data: {}", service, query.named));
  const std::string start = date_text(query.from, false);
  const std::string end = date_text(query.to, false);
  std::deque<std::string> dates;
  tws::HistoricalData data{id, start, end, {}};
  for (const MarketBar& bar : made)
    data.bars.push_back(
        {dates.emplace_back(date_text(bar.start, query.epoch)), bar.open, bar.high, bar.low,
         bar.close, bar.volume, bar.average, bar.count});
  connection_.send(data);
}

void HistoryDesk::ask(const tws::RequestHistoricalData& request) {
  GatewayState& state = connection_.state();
  const Instant now = connection_.now();
  auto query = read(request);
  if (!query) return connection_.error(request.request, query.error().code, query.error().message);
  ++state.counters.history_requests;
  if (!pace(*query)) {
    ++state.counters.history_paced;
    return connection_.error(
        request.request, 162, fmt::format("{}Historical data request pacing violation", service));
  }
  ++state.history_open;
  const std::uint64_t serial = ++serials_;
  open_[request.request] = serial;
  state.counters.history_open_high = std::max(state.counters.history_open_high, state.history_open);
  for (const RequestFilter& silent : state.options.faults.silent_history)
    if (silent.matches(query->id, query->exchange, now)) return;
  Random random = state.random(Draw::history_times, key_of(query->identity), now);
  const Instant when = now + within(state.options.latency.history, random);
  connection_.at(when, [this, id = request.request, serial, asked = *std::move(query)] {
    const auto open = open_.find(id);
    if (open == open_.end() || open->second != serial) return;  // Cancelled meanwhile.
    if (const auto allowed = allow(asked); !allowed) {
      close(id);
      return connection_.error(id, allowed.error().code, allowed.error().message);
    }
    answer(id, asked);
  });
}

void HistoryDesk::cancel(tws::RequestId request) {
  if (!open_.contains(request))
    return connection_.error(
        request, 366, fmt::format("No historical data query found for ticker id:{}", request));
  close(request);
  connection_.error(
      request, 162, fmt::format("{}API historical data query cancelled: {}", service, request));
}

}  // namespace opt_data::sim
