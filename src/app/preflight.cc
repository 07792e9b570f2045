#include "app/preflight.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/jobs.h"
#include "base/text.h"
#include "collect/contract_book.h"

namespace opt_data::app {
namespace {

using namespace std::chrono_literals;

constexpr auto skew_noticed = 5s;
constexpr auto skew_max = 30s;   // A quarter of the time that a slot may start late.
constexpr auto data_wait = 10s;  // For the first tick of an underlying.
constexpr std::chrono::months years_warning{9};  // Before the calendar's last day.
constexpr double gigabyte = 1e9;

PreflightCheck check(
    std::string name, Fitness fitness, std::string found, std::string remedy = "") {
  return {std::move(name), fitness, std::move(found), fitness == Fitness::fine ? "" : remedy};
}

PreflightCheck check_calendar(TradeDate date, Wiring& wiring) {
  const std::chrono::year_month_day end =
      std::chrono::year{Calendar::year_last} / std::chrono::December / 31;
  const bool near = std::chrono::sys_days{date.day() + years_warning} > std::chrono::sys_days{end};
  if (near)
    return check(
        "calendar", Fitness::failed, fmt::format("sessions are known until {}", iso(end)),
        "update opt-data before that day: it refuses days that it does not know");
  std::vector<std::string> expired;
  for (const ListedClosure& closure : wiring.closures())
    if (closure.expires < date.day()) expired.push_back(iso(closure.day));
  if (!expired.empty())
    return check(
        "calendar", Fitness::warning,
        fmt::format("listed closures have expired: {}", join(expired, ", ")),
        "update opt-data, which may know them by now, and remove them from reference.closures");
  const TradingSession session = wiring.calendar().session(date);
  return check(
      "calendar", Fitness::fine,
      fmt::format(
          "{}: {} to {}, known until {}", date.text(), new_york_clock(session.open),
          new_york_clock(session.close), iso(end)));
}

PreflightCheck check_disk(Wiring& wiring) {
  const Settings& settings = wiring.settings();
  double least = -1;
  std::string where;
  for (const auto& folder : {settings.raw, settings.clean, settings.state}) {
    const auto free = wiring.disk().free_bytes(folder);
    if (!free) return check("disk_space", Fitness::failed, free.error().message, "mount the disk");
    const double bytes = static_cast<double>(*free);
    if (least < 0 || bytes < least) {
      least = bytes;
      where = folder.string();
    }
  }
  const double wanted = settings.disk_free_gb * gigabyte;
  return check(
      "disk_space", least >= wanted ? Fitness::fine : Fitness::failed,
      fmt::format("{:.1f} GB free at {}", least / gigabyte, where),
      fmt::format(
          "free at least {} GB there (preflight.disk_free_gb), or move the dataset: paths.raw and "
          "paths.clean",
          settings.disk_free_gb));
}

PreflightCheck check_contracts(
    TradeDate date, const std::vector<Underlying>& symbols, Wiring& wiring) {
  const Settings& settings = wiring.settings();
  std::vector<std::string> broken, absent;
  for (const Underlying& symbol : symbols) {
    const auto today = collect::read_book(wiring.disk(), settings.contracts_cache, symbol, date);
    if (today) continue;
    if (today.error().kind != ErrorKind::not_found) {
      broken.push_back(today.error().message);
      continue;
    }
    const auto earlier = collect::read_earlier_book(
        wiring.disk(), settings.contracts_cache, symbol, date, wiring.calendar(), 5);
    if (!earlier) absent.push_back(symbol);
  }
  if (!broken.empty())
    return check(
        "contracts", Fitness::failed, join(broken, "; "),
        "build them anew: opt-data contracts build --force");
  if (!absent.empty())
    return check(
        "contracts", Fitness::warning, fmt::format("no list yet of {}", join(absent, ", ")),
        "the discovery of today makes one; without a gateway in the morning nothing can be asked");
  return check("contracts", Fitness::fine, fmt::format("lists of {} underlyings", symbols.size()));
}

std::string seconds_text(std::chrono::microseconds time) {
  return fmt::format("{:.0f} s", static_cast<double>(time.count()) / 1e6);
}

asio::awaitable<PreflightCheck> check_clock(
    std::shared_ptr<gateway::TwsSession> session, Wiring& wiring) {
  const auto time = co_await session->gateway_time();
  if (!time) co_return check("clock", Fitness::failed, time.error().message, "restart the gateway");
  const auto skew = *time - wiring.clock().now();
  const auto size = std::max(skew, -skew);
  const Fitness fitness = size <= skew_noticed ? Fitness::fine
                          : size <= skew_max   ? Fitness::warning
                                               : Fitness::failed;
  co_return check(
      "clock", fitness, fmt::format("the gateway's differs by {}", seconds_text(skew)),
      "synchronise both machines' clocks (chrony, systemd-timesyncd): slots are moments");
}

PreflightCheck check_client_id(const gateway::SessionState& state, const GatewayAddress& address) {
  const bool own = state.client_id == address.client_id;
  return check(
      "client_id", own ? Fitness::fine : Fitness::warning,
      own ? fmt::format("{} is free", state.client_id)
          : fmt::format("{} is in use; this session has {}", address.client_id, state.client_id),
      "find the other client with this id, or set gateway.client_id to one of its own");
}

// What the account is really sent, which no setting tells.
asio::awaitable<PreflightCheck> check_market_data(UnderlyingContract stock, Wiring& wiring) {
  const Settings& settings = wiring.settings();
  auto watch = co_await wiring.link().watch(stock, settings.capture.allow_delayed);
  if (!watch)
    co_return check(
        "market_data", Fitness::failed, fmt::format("{}: {}", stock.symbol, watch.error().message),
        "subscribe to US stocks and OPRA in the account's market data, share them with the API, "
        "and "
        "log out every other session of this user");
  const Instant until = wiring.clock().now() + data_wait;
  Quote quote = (*watch)->quote();
  while (quote.type == MarketDataType::unknown && wiring.clock().now() < until) {
    const auto slept = co_await wiring.clock().wait_for(250ms);
    if (!slept) break;
    quote = (*watch)->quote();
  }
  const std::string_view type = to_text(quote.type);
  if (quote.type == MarketDataType::live || quote.type == MarketDataType::frozen)
    co_return check(
        "market_data", Fitness::fine, fmt::format("{} is sent {} data", stock.symbol, type));
  if (quote.type == MarketDataType::unknown)
    co_return check(
        "market_data", Fitness::warning,
        fmt::format("nothing was sent for {} in {} s", stock.symbol, data_wait.count()),
        "before the market opens that can be so; look again then: opt-data inspect connection");
  co_return check(
      "market_data", Fitness::failed, fmt::format("{} is sent {} data", stock.symbol, type),
      "subscribe to OPRA and share market data with the API user; with delayed data a day fails "
      "its "
      "delayed gate");
}

observe::Event event_of(const PreflightCheck& check) {
  observe::Event event;
  // A gateway may be back by the open, and what it costs then is told there.
  constexpr std::array lasting{"calendar", "broker_calendar", "disk_space", "corporate_actions"};
  const bool fails_day =
      check.fitness == Fitness::failed && std::ranges::find(lasting, check.name) != lasting.end();
  event.level = fails_day ? observe::Level::error : observe::Level::warning;
  event.code = "preflight_" + check.name;
  event.component = "app";
  event.message = fmt::format("{}; {}", check.found, check.remedy);
  return event;
}

}  // namespace

std::string_view to_text(Fitness fitness) {
  switch (fitness) {
    case Fitness::fine:
      return "fine";
    case Fitness::warning:
      return "warning";
    case Fitness::failed:
      return "failed";
  }
  return "";
}

bool passed(const std::vector<PreflightCheck>& checks) {
  return std::ranges::none_of(
      checks, [](const PreflightCheck& one) { return one.fitness == Fitness::failed; });
}

std::vector<PreflightCheck> check_machine(TradeDate date, Wiring& wiring) {
  std::vector<PreflightCheck> checks;
  checks.push_back(check_calendar(date, wiring));
  checks.push_back(check_disk(wiring));
  const auto symbols = wiring.universe();
  checks.push_back(
      symbols ? check_contracts(date, *symbols, wiring)
              : check(
                    "contracts", Fitness::failed, symbols.error().message,
                    "without a universe nothing is asked"));
  const auto actions = wiring.actions();
  checks.push_back(
      actions ? check("corporate_actions", Fitness::fine, fmt::format("{} listed", actions->size()))
              : check(
                    "corporate_actions", Fitness::failed, actions.error().message,
                    "mend that file: without it a split is not recognised"));
  return checks;
}

asio::awaitable<Result<SymbolHours>> broker_hours(Underlying symbol, Wiring& wiring) {
  OPT_CO_TRY(const UnderlyingContract stock, co_await wiring.link().underlying(symbol));
  SymbolHours out{symbol, {}};
  OPT_CO_TRY(out.days, parse_broker_hours(stock.liquid_hours));
  co_return out;
}

PreflightCheck compare_hours(const SymbolHours& hours, const Calendar& calendar) {
  const auto found = differences(calendar, hours.days);
  if (found.empty())
    return check(
        "broker_calendar", Fitness::fine,
        fmt::format("{}: {} days agree", hours.symbol, hours.days.size()));
  std::vector<std::string> sentences;
  for (const HoursDifference& each : found)
    sentences.push_back(fmt::format(
        "{}: the broker says {}, opt-data says {}", iso(each.day), each.brokers, each.ours));
  return check(
      "broker_calendar", Fitness::failed,
      fmt::format("{}: {}", hours.symbol, join(sentences, "; ")),
      "if the broker is right, add the day to reference.closures (config/closures.toml) before its "
      "first slot");
}

// Whether it is there, what it calls itself, and what time it thinks it is. Empty: no session.
asio::awaitable<std::shared_ptr<gateway::TwsSession>> check_session(
    std::size_t gateway, std::vector<PreflightCheck>& checks, Wiring& wiring) {
  const GatewayAddress address = wiring.address(gateway);
  gateway::Link& link = wiring.link(gateway);
  const auto ready = co_await link.ready(wiring.clock().now() + 30s);
  if (!ready) {
    checks.push_back(check(
        "gateway", Fitness::failed, fmt::format("{}: {}", address.text(), ready.error().message),
        fmt::format(
            "start TWS or IB Gateway and log in; enable its API (Configure, API, Settings: ActiveX "
            "and Socket Clients) and compare its port with {}",
            gateway == 0 ? "gateway.port" : "gateway.others")));
    co_return nullptr;
  }
  auto session = link.session();
  if (!session) {
    checks.push_back(
        check("gateway", Fitness::failed, address.text() + ": lost at once", "try again"));
    co_return nullptr;
  }
  const gateway::SessionState state = session->state();
  checks.push_back(check(
      "gateway", Fitness::fine,
      fmt::format("{} answers, server version {}", address.text(), state.server_version)));
  checks.push_back(check_client_id(state, address));
  checks.push_back(co_await check_clock(session, wiring));
  co_return session;
}

asio::awaitable<std::vector<PreflightCheck>> check_gateway(Wiring& wiring) {
  const Settings& settings = wiring.settings();
  std::vector<PreflightCheck> checks;
  for (std::size_t other = 1; other < wiring.gateways(); ++other)
    (void)co_await check_session(other, checks, wiring);
  const auto session = co_await check_session(0, checks, wiring);
  if (!session) co_return checks;
  const auto symbols = wiring.universe();
  if (!symbols || symbols->empty()) co_return checks;
  const auto stock = co_await wiring.link().underlying(symbols->front());
  if (!stock) {
    checks.push_back(
        check("market_data", Fitness::failed, stock.error().message, "look at universe.symbols"));
    co_return checks;
  }
  checks.push_back(co_await check_market_data(*stock, wiring));
  const auto days = parse_broker_hours(stock->liquid_hours);
  checks.push_back(
      days ? compare_hours({stock->symbol, *days}, wiring.calendar())
           : check(
                 "broker_calendar", Fitness::warning, days.error().message,
                 "compare the sessions yourself: opt-data calendar show"));
  const int lines = wiring.budgets().lines.limit().in_flight_max;
  checks.push_back(check(
      "lines", lines == settings.limits.lines ? Fitness::fine : Fitness::warning,
      fmt::format("{} of {} may be open at once", lines, settings.limits.lines),
      "another program holds market-data lines of this account; close it, or lower pacing.lines"));
  co_return checks;
}

asio::awaitable<Result<std::vector<PreflightCheck>>> run_preflight(TradeDate date, Wiring& wiring) {
  OPT_CO_TRY(collect::Workshop * shop, wiring.workshop());
  const store::JobKey key{store::JobKind::preflight, date, -1};
  OPT_CO_TRY(
      const store::JobRecord job,
      shop->ledger.start_job(key, wiring.new_ingest_id(), shop->clock.now()));
  enter_job(key, job.ingest_id, wiring);
  std::vector<PreflightCheck> checks = check_machine(date, wiring);
  std::vector<PreflightCheck> gateways = co_await check_gateway(wiring);
  std::ranges::move(gateways, std::back_inserter(checks));
  nlohmann::ordered_json counts = nlohmann::ordered_json::object();
  for (const PreflightCheck& one : checks) {
    counts[one.name] = to_text(one.fitness);
    if (one.fitness != Fitness::fine) shop->events.on(event_of(one));
  }
  OPT_CO_TRY_VOID(shop->ledger.end_job(
      key, passed(checks) ? store::JobOutcome::done : store::JobOutcome::part, counts.dump(),
      shop->clock.now()));
  co_return checks;
}

}  // namespace opt_data::app
