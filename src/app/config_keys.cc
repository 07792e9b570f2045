// The table of keys. A key's doc is the line that stands above it in a template.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/config.h"
#include "app/config_apply.h"
#include "base/text.h"
#include "calendar/instant.h"

namespace opt_data::app {
namespace {

Result<void> set_expiry_types(Settings& settings, const std::vector<std::string>& given) {
  settings.filters.expiry_types.clear();
  for (const std::string& name : given) {
    OPT_TRY(const ExpiryType type, parse_expiry_type(name));
    settings.filters.expiry_types.push_back(type);
  }
  if (given.empty()) return refuse("is empty, which would never collect; name at least one type");
  return {};
}

// 104 is refused by today's gateways, and one illegal id rejects the whole request.
Result<void> set_generic_ticks(Settings& settings, const std::string& given) {
  bool has_open_interest = false;
  for (const std::string_view part : split(given, ',')) {
    const auto id = parse_int(trim(part));
    if (!id || *id <= 0)
      return refuse(fmt::format("is \"{}\"; write numbers such as \"100,101,106\"", given));
    if (*id == 104) return refuse("names 104, which the gateway refuses with the whole request");
    has_open_interest = has_open_interest || *id == 101;
  }
  settings.capture.generic_ticks = given;
  settings.capture.open_interest = has_open_interest;
  return {};
}

Result<void> set_slot_range(Settings& settings, const std::string& given) {
  if (!given.empty()) {
    const auto parts = split(given, '-');
    const auto from = parse_clock(parts[0]);
    const auto to = parse_clock(parts.size() == 2 ? parts[1] : "");
    if (!from || !to || *to < *from)
      return refuse(fmt::format("is \"{}\"; write for example \"09:30-12:00\"", given));
  }
  settings.slot_range = given;
  return {};
}

Result<void> set_host(Settings& settings, const std::string& given) {
  if (trim(given).empty()) return refuse("is empty; use 127.0.0.1 for this machine");
  settings.host = trim(given);
  return {};
}

Result<void> set_symbols(Settings& settings, const std::vector<std::string>& given) {
  OPT_TRY(settings.symbols, parse_underlyings(given));
  return {};
}

// host:port or host:port:client_id.
Result<void> set_other_gateways(Settings& settings, const std::vector<std::string>& given) {
  constexpr int client_id_usual = 101;
  std::vector<GatewayAddress> others;
  for (const std::string& text : given) {
    const std::vector<std::string_view> parts = split(text, ':');
    const std::int64_t port = parts.size() > 1 ? parse_int(parts[1]).value_or(0) : 0;
    const std::int64_t id = parts.size() > 2 ? parse_int(parts[2]).value_or(0) : client_id_usual;
    if (parts.size() < 2 || parts.size() > 3 || trim(parts[0]).empty() || port < 1 ||
        port > 65535 || id < 1 || id > 1'000'000)
      return refuse(fmt::format(
          "names \"{}\"; write host:port or host:port:client_id, for example 127.0.0.1:4012",
          text));
    others.push_back(
        {std::string(trim(parts[0])), static_cast<std::uint16_t>(port), static_cast<int>(id)});
    if (std::ranges::count(others, others.back()) > 1)
      return refuse(fmt::format("names \"{}\" twice", text));
  }
  settings.limits.sessions = 1 + static_cast<int>(others.size());
  settings.other_gateways = std::move(others);
  return {};
}

// As DuckDB reads it: a number and a unit.
Result<void> set_memory_limit(Settings& settings, const std::string& given) {
  const std::string_view text = trim(given);
  const std::size_t digits = text.find_first_not_of("0123456789.");
  const std::string unit = upper(trim(text.substr(std::min(digits, text.size()))));
  const auto number = parse_double(text.substr(0, digits));
  constexpr std::array units{"KB", "MB", "GB", "TB", "KIB", "MIB", "GIB", "TIB"};
  if (!number || *number <= 0 || std::ranges::find(units, unit) == units.end())
    return refuse(fmt::format("is \"{}\"; write for example \"1GB\"", given));
  settings.memory_limit = text;
  return {};
}

// As store::parse_codec reads it, which this table does not see.
template <typename Set>
Apply codec(Set set) {
  return [=](Settings& settings, const ConfigValue& value) -> Result<void> {
    const std::string& given = std::get<std::string>(value);
    const auto level =
        given.starts_with("zstd:") ? parse_int(std::string_view(given).substr(5)) : std::nullopt;
    const bool zstd = level && *level >= 1 && *level <= 22;
    if (!zstd && given != "snappy" && given != "uncompressed")
      return refuse(
          fmt::format("is \"{}\"; write zstd:1 to zstd:22, snappy or uncompressed", given));
    set(settings, given);
    return {};
  };
}

ConfigKey keep_key(std::string_view name, std::string_view doc, std::size_t place) {
  return {name, std::int64_t{0}, doc, integer(0, 36'500, [place](Settings& s, std::int64_t v) {
            s.keep_days[place] = static_cast<int>(v);
          })};
}

std::vector<ConfigKey> upkeep_keys() {
  return {
      {"upkeep.at", std::string("18:30"),
       "New York time of the weekly jobs below, on the trading day after the week's last.",
       clock([](Settings& s, auto v) { s.upkeep_at = v; })},
      {"upkeep.compaction", true, "Every week the slots of finished days become a few files.",
       boolean([](Settings& s, bool v) { s.compaction = v; })},
      keep_key("upkeep.keep_raw_days", "Days that the raw layer is kept; 0: all of it.", 0),
      keep_key("upkeep.keep_intraday_days", "The same of the view intraday.", 1),
      keep_key("upkeep.keep_daily_clean_days", "The same of daily_clean.", 2),
      keep_key("upkeep.keep_daily_adjusted_days", "The same of daily_adjusted.", 3),
      keep_key("upkeep.keep_enrichment_days", "The same of enrichment.", 4),
      {"upkeep.backup_folder", std::string(),
       "Every week a backup into a folder of its own below this one; empty: none.",
       word({}, [](Settings& s, const std::string& v) { s.backup_folder = v; })},
      {"upkeep.backup_keep", std::int64_t{4}, "So many of the weekly backups are kept; 0: all.",
       integer(
           0, 10'000, [](Settings& s, std::int64_t v) { s.backup_keep = static_cast<int>(v); })},
  };
}

std::vector<ConfigKey> gateway_keys() {
  return {
      {"gateway.host", std::string("127.0.0.1"), "Where TWS or IB Gateway listens.",
       [](Settings& s, const ConfigValue& v) { return set_host(s, std::get<std::string>(v)); }},
      {"gateway.port", std::int64_t{4002},
       "Its API port: 4001/4002 Gateway live/paper, 7496/7497 TWS live/paper.",
       integer(
           1, 65535, [](Settings& s, std::int64_t v) { s.port = static_cast<std::uint16_t>(v); })},
      {"gateway.client_id", std::int64_t{101}, "Unique among the gateway's clients; 1 or more.",
       integer(
           1, 1'000'000, [](Settings& s, std::int64_t v) { s.client_id = static_cast<int>(v); })},
      {"gateway.client_id_tries", std::int64_t{5},
       "How many ids, counting up, are tried while one is in use.",
       integer(
           1, 32, [](Settings& s, std::int64_t v) { s.client_id_tries = static_cast<int>(v); })},
      {"gateway.others", std::vector<std::string>{},
       "Gateways of other accounts that share a slot's questions, as host:port or "
       "host:port:client_id; each has the limits of [pacing] to itself.",
       words(set_other_gateways)},
      {"gateway.market_data_type", std::int64_t{1},
       "1 live, 2 frozen, 3 delayed, 4 delayed-frozen.",
       integer(
           1, 4,
           [](Settings& s, std::int64_t v) {
             s.market_data_type = static_cast<MarketDataType>(v);
           })},
      {"gateway.handshake_timeout_s", 10.0, "Seconds a gateway may take to greet; 1 to 120.",
       seconds(1, 120, [](Settings& s, auto v) { s.handshake_timeout = v; })},
      {"gateway.keep_alive_s", 20.0,
       "Seconds without a byte after which the gateway is asked for its time; 5 to 300.",
       seconds(5, 300, [](Settings& s, auto v) { s.keep_alive = v; })},
  };
}

std::vector<ConfigKey> path_keys() {
  return {
      {"paths.raw", std::string("data/raw/ib/chain"), "Dataset as received.",
       folder([](Settings& s, const std::string& v) { s.raw = v; })},
      {"paths.clean", std::string("data/clean/ib/chain"), "Dataset with derived columns and views.",
       folder([](Settings& s, const std::string& v) { s.clean = v; })},
      {"paths.state", std::string("state"), "The ledger lives here.",
       folder([](Settings& s, const std::string& v) { s.state = v; })},
      {"paths.contracts_cache", std::string("state/contracts_cache"),
       "Contract lists of the days, and what is known to be listed.",
       folder([](Settings& s, const std::string& v) { s.contracts_cache = v; })},
      {"paths.run_logs", std::string("state/run_logs"), "Logs, metrics, verdicts.",
       folder([](Settings& s, const std::string& v) { s.run_logs = v; })},
      {"universe.symbols", std::vector<std::string>{},
       "Underlyings to collect. Empty: those of universe.file.", words(set_symbols)},
      {"universe.file", std::string("config/universe.csv"),
       "One underlying a line; '#' starts a comment.",
       word({}, [](Settings& s, const std::string& v) { s.universe_file = v; })},
      {"reference.corporate_actions", std::string(standard_corporate_actions),
       "Splits: symbol,effective_date,split_ratio (7 means seven new shares for one old).",
       word({}, [](Settings& s, const std::string& v) { s.corporate_actions = v; })},
      {"reference.closures", std::string(standard_closures),
       "Days that are not what the calendar's rules say, with reason and expiry.",
       word({}, [](Settings& s, const std::string& v) { s.closures = v; })},
      {"stages.file", std::string(standard_stages),
       "How the universe and the limits grow, and what a day must have reached before they do.",
       word({}, [](Settings& s, const std::string& v) { s.stages_file = v; })},
      {"stages.apply", false,
       "Universe and limits are those of the stage that is in force; false: those of this file.",
       boolean([](Settings& s, bool v) { s.stages_apply = v; })},
  };
}

std::vector<ConfigKey> filter_keys() {
  return {
      {"filters.expiry_types", std::vector<std::string>{"monthly", "quarterly"},
       "Which expiries: monthly, quarterly, weekly.", words(set_expiry_types)},
      {"filters.min_days_to_expiry", std::int64_t{1},
       "1 leaves out what expires today; 0 keeps it.",
       integer(
           0, 3650,
           [](Settings& s, std::int64_t v) {
             s.filters.min_days_to_expiry = static_cast<int>(v);
           })},
      {"filters.expiry_months_ahead", std::int64_t{12}, "Expiries up to so many months; 0: all.",
       integer(
           0, 120,
           [](Settings& s, std::int64_t v) {
             s.filters.expiry_months_ahead = static_cast<int>(v);
           })},
      {"filters.max_expiries", std::int64_t{0}, "The nearest so many expiries; 0: all.",
       integer(
           0, 1000,
           [](Settings& s, std::int64_t v) { s.filters.max_expiries = static_cast<int>(v); })},
      {"filters.moneyness", 0.20,
       "Strikes within this share of the reference price; 0: all. 0.20 is 80 % to 120 %.",
       number(0, 10, [](Settings& s, double v) { s.filters.moneyness = v; })},
      {"filters.strikes_per_side", std::int64_t{3},
       "Strikes below and above, plus the one at the money; 0: all.",
       integer(
           0, 10000,
           [](Settings& s, std::int64_t v) { s.filters.strikes_per_side = static_cast<int>(v); })},
      {"filters.max_strikes_per_expiry", std::int64_t{10},
       "Counts strikes; each has a call and a put; 0: all. The smallest limit wins.",
       integer(
           0, 10000,
           [](Settings& s, std::int64_t v) {
             s.filters.max_strikes_per_expiry = static_cast<int>(v);
           })},
      {"filters.adjusted_classes", false,
       "Also trading classes that are not named like the underlying (2AAPL).",
       boolean([](Settings& s, bool v) { s.filters.adjusted_classes = v; })},
  };
}

std::vector<ConfigKey> pacing_keys() {
  return {
      {"pacing.per_minute", std::int64_t{30}, "New market-data subscriptions in any minute.",
       integer(
           1, 1'000'000,
           [](Settings& s, std::int64_t v) {
             s.limits.subscriptions_per_minute = static_cast<int>(v);
           })},
      {"pacing.in_flight", std::int64_t{10}, "Questions on their way at once.",
       integer(
           1, 1000,
           [](Settings& s, std::int64_t v) {
             s.limits.in_flight_max = static_cast<int>(v);
             s.capture.in_flight_max = static_cast<int>(v);
           })},
      {"pacing.messages_per_second", std::int64_t{45},
       "Messages in any second, cancels too; the broker allows half the market-data lines.",
       integer(
           1, 1000,
           [](Settings& s, std::int64_t v) {
             s.limits.messages_per_second = static_cast<int>(v);
           })},
      {"pacing.lines", std::int64_t{95},
       "Open market-data lines; an account has 100 unless it bought more.",
       integer(
           1, 10000, [](Settings& s, std::int64_t v) { s.limits.lines = static_cast<int>(v); })},
      {"pacing.historical_per_ten_minutes", std::int64_t{60},
       "Historical requests in any ten minutes; one for bid and ask counts twice.",
       integer(
           3, 1'000'000,
           [](Settings& s, std::int64_t v) { s.historical_requests = static_cast<int>(v); })},
  };
}

std::vector<ConfigKey> snapshot_keys() {
  return {
      {"snapshot.fallback_exchanges", std::vector<std::string>{"CBOE"},
       "Asked in this order when SMART sends no price.",
       words([](Settings& s, const std::vector<std::string>& v) -> Result<void> {
         s.capture.fallback_exchanges = v;
         return {};
       })},
      {"snapshot.generic_ticks", std::string("100,101,106"),
       "100 option volume, 101 open interest, 106 implied volatility.",
       [](Settings& s, const ConfigValue& v) {
         return set_generic_ticks(s, std::get<std::string>(v));
       }},
      {"snapshot.require_greeks", true, "Wait for the model's greeks until the timeout.",
       boolean([](Settings& s, bool v) { s.capture.require_greeks = v; })},
      {"snapshot.timeout_s", 12.0, "Seconds a contract may take, from its subscription on.",
       seconds(1, 300, [](Settings& s, auto v) { s.capture.timeout = v; })},
      {"snapshot.price_timeout_s", 5.0, "Seconds after which a contract without a price is let go.",
       seconds(0.5, 300, [](Settings& s, auto v) { s.capture.price_timeout = v; })},
      {"snapshot.retries", std::int64_t{1},
       "How often a contract without a usable answer is asked again, behind all others.",
       integer(
           0, 20,
           [](Settings& s, std::int64_t v) { s.capture.retries_max = static_cast<int>(v); })},
      {"snapshot.allow_delayed", true,
       "Where the account has no live data, take delayed data and flag it.",
       boolean([](Settings& s, bool v) { s.capture.allow_delayed = v; })},
      {"snapshot.fill_missed", false,
       "After the close, fill what a slot missed from the broker's half-hour bars: flagged, and "
       "never coverage.",
       boolean([](Settings& s, bool v) { s.fill_missed = v; })},
      {"snapshot.slots", std::string(),
       "Only the slots of this range, \"09:30-12:00\"; empty: all.",
       [](Settings& s, const ConfigValue& v) {
         return set_slot_range(s, std::get<std::string>(v));
       }},
      {"snapshot.step_minutes", std::int64_t{30}, "Minutes between slots; 5 to 390.",
       integer(5, 390, [](Settings& s, std::int64_t v) { s.slot_step = std::chrono::minutes{v}; })},
      {"snapshot.start_grace_s", std::int64_t{120}, "A slot may start so many seconds late.",
       integer(
           0, 3600,
           [](Settings& s, std::int64_t v) { s.window.start_grace = std::chrono::seconds{v}; })},
      {"snapshot.window_s", std::int64_t{1500},
       "Answers count so many seconds long, and end a minute before the next slot.",
       integer(
           30, 86400,
           [](Settings& s, std::int64_t v) { s.window.window = std::chrono::seconds{v}; })},
      {"snapshot.stale_gap_s", std::int64_t{600},
       "A traded chain without a trade for longer can be a feed that stands still.",
       integer(
           60, 86400,
           [](Settings& s, std::int64_t v) { s.stale.gap_min = std::chrono::seconds{v}; })},
  };
}

std::vector<ConfigKey> day_keys() {
  return {
      {"discovery.start", std::string("08:00"),
       "Where the program runs a whole day (demo): New York time from which listings are "
       "enumerated.",
       clock([](Settings& s, auto v) { s.discovery_start = v; })},
      {"discovery.freeze", std::string("09:25"),
       "New York time at which the day's contracts are frozen; by hand, the latest.",
       clock([](Settings& s, auto v) { s.discovery_freeze = v; })},
      {"discovery.rotation_sessions", std::int64_t{5},
       "A known expiry is enumerated again within so many trading days.",
       integer(
           1, 250, [](Settings& s, std::int64_t v) { s.rotation_sessions = static_cast<int>(v); })},
      {"discovery.probes_max", std::int64_t{200},
       "Exact contracts asked per symbol where the time for enumeration did not suffice.",
       integer(0, 100000, [](Settings& s, std::int64_t v) { s.probes_max = static_cast<int>(v); })},
      {"preflight.disk_free_gb", 2.0, "Less free space, in gigabytes, fails the preflight.",
       number(0, 100000, [](Settings& s, double v) { s.disk_free_gb = v; })},
      {"rollup.at", std::string("17:00"),
       "Where the program runs a whole day (demo): New York time of the rollup.",
       clock([](Settings& s, auto v) { s.rollup_at = v; })},
      {"enrichment.at", std::string("07:30"),
       "The same: of the open-interest job, on the next trading day.",
       clock([](Settings& s, auto v) { s.enrichment_at = v; })},
      {"enrichment.published_from", std::string("06:30"),
       "New York time from which open interest of the session before is public.",
       clock([](Settings& s, auto v) { s.published_from = v; })},
      {"enrichment.settle_s", std::int64_t{90},
       "Seconds between the two readings that must agree; 61 to 3600.",
       integer(
           61, 3600,
           [](Settings& s, std::int64_t v) { s.enrichment_settle = std::chrono::seconds{v}; })},
      {"enrichment.timeout_s", 8.0, "Seconds a contract's open interest may take.",
       seconds(1, 300, [](Settings& s, auto v) { s.enrichment_timeout = v; })},
  };
}

std::vector<ConfigKey> judging_keys() {
  return {
      {"qa.slot_coverage_threshold", 0.90, "Usable of expected rows, least covered underlying: >=.",
       number(0, 1, [](Settings& s, double v) { s.gates.slot_coverage = v; })},
      {"qa.slot_presence_threshold", 1.0, "Slots with any usable row, of all slots: >=.",
       number(0, 1, [](Settings& s, double v) { s.gates.slot_presence = v; })},
      {"qa.delayed_ratio_threshold", 0.10, "Delayed rows: <.",
       number(0, 1, [](Settings& s, double v) { s.gates.delayed = v; })},
      {"qa.stale_slot_threshold", 0.0, "Slots whose feed stood still: <=.",
       number(0, 1, [](Settings& s, double v) { s.gates.stale_slots = v; })},
      {"qa.rollup_fallback_threshold", 0.05, "Daily rows that are not from the close: <=.",
       number(0, 1, [](Settings& s, double v) { s.gates.rollup_fallback = v; })},
      {"qa.oi_enrichment_threshold", 0.95, "Contracts with open interest of the session: >=.",
       number(0, 1, [](Settings& s, double v) { s.gates.oi_enrichment = v; })},
      {"logscan.errors_max", std::int64_t{0}, "Error events a day may have.",
       integer(0, 1'000'000, [](Settings& s, std::int64_t v) { s.log_budget.errors_max = v; })},
      {"logscan.warnings_max", std::int64_t{10}, "Warning events a day may have, or ...",
       integer(0, 1'000'000, [](Settings& s, std::int64_t v) { s.log_budget.warnings_max = v; })},
      {"logscan.warnings_ratio", 0.01, "... this share of its rows, whichever is more.",
       number(0, 1, [](Settings& s, double v) { s.log_budget.warnings_ratio = v; })},
      {"logscan.keywords", std::vector<std::string>{},
       "Words whose messages are counted as well; the verdict does not use them.",
       words([](Settings& s, const std::vector<std::string>& v) -> Result<void> {
         s.log_budget.keywords = v;
         return {};
       })},
  };
}

std::vector<ConfigKey> program_keys() {
  return {
      {"storage.memory_limit", std::string("256MB"), "What DuckDB may use.",
       [](Settings& s, const ConfigValue& v) {
         return set_memory_limit(s, std::get<std::string>(v));
       }},
      {"storage.threads", std::int64_t{1},
       "DuckDB's threads; one is enough for a few thousand rows.",
       integer(1, 256, [](Settings& s, std::int64_t v) { s.threads = static_cast<int>(v); })},
      {"storage.hot_codec", std::string("zstd:3"),
       "How published files are packed: zstd:1 to zstd:22, snappy or uncompressed.",
       codec([](Settings& s, const std::string& v) { s.hot_codec = v; })},
      {"storage.cold_codec", std::string("zstd:6"), "The same, of compacted days.",
       codec([](Settings& s, const std::string& v) { s.cold_codec = v; })},
      {"storage.range_file_mb", std::int64_t{128},
       "About so large are the files of a compacted day, in megabytes.",
       integer(1, 65'536, [](Settings& s, std::int64_t v) { s.range_file_mb = v; })},
      {"logging.level", std::string("info"), "debug, info, warning or error.",
       word(
           {"debug", "info", "warning", "error"},
           [](Settings& s, const std::string& v) { s.log_level = v; })},
      {"logging.file_mb", std::int64_t{16},
       "Megabytes after which the log is put aside; a new day does it too.",
       integer(
           1, 100'000,
           [](Settings& s, std::int64_t v) { s.log_rotation.bytes_max = v * 1024 * 1024; })},
      {"logging.files_max", std::int64_t{30}, "How many logs that were put aside stay.",
       integer(
           0, 100'000,
           [](Settings& s, std::int64_t v) { s.log_rotation.files_max = static_cast<int>(v); })},
      {"simulation.source", std::string(),
       "Only beside a simulated gateway: RECORDING or SIMULATED, stored with every row.",
       word(
           {"", "RECORDING", "SIMULATED"},
           [](Settings& s, const std::string& v) { s.simulation_source = v; })},
      {"simulation.clock", std::string(),
       "Only with simulation.source: New York time at which the program believes to start, "
       "\"2014-06-05 09:29:30\".",
       word({}, [](Settings& s, const std::string& v) { s.simulation_clock = v; })},
  };
}

}  // namespace

std::span<const ConfigKey> config_keys() {
  static const std::vector<ConfigKey> keys = [] {
    std::vector<ConfigKey> all;
    for (auto part :
         {gateway_keys(), path_keys(), filter_keys(), pacing_keys(), snapshot_keys(), day_keys(),
          judging_keys(), alert_keys(), upkeep_keys(), program_keys()})
      for (ConfigKey& key : part) all.push_back(std::move(key));
    return all;
  }();
  return keys;
}

}  // namespace opt_data::app
