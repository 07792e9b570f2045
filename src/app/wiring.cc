#include "app/wiring.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <utility>

#include "app/closures.h"
#include "app/crash_points.h"
#include "app/stages.h"
#include "base/text.h"
#include "net/tcp_transport.h"

namespace opt_data::app {
namespace {

observe::Level level_of(const std::string& text) {
  for (const auto level : {observe::Level::debug, observe::Level::info, observe::Level::warning})
    if (text == observe::to_text(level)) return level;
  return observe::Level::error;
}

constexpr int history_open_max = 45;  // The broker's limit is 50.

gateway::PacingBudgets make_budgets(Clock& clock, const Settings& settings) {
  using gateway::PacingLimit;
  PacingLimit messages;
  messages.permits = settings.limits.messages_per_second;
  PacingLimit lines;
  lines.in_flight_max = settings.limits.lines;
  PacingLimit subscriptions;
  subscriptions.permits = settings.limits.subscriptions_per_minute;
  subscriptions.window = std::chrono::minutes{1};
  // The broker counts what arrives: what left in a little more than ten minutes may do so within.
  PacingLimit history;
  history.permits = settings.historical_requests;
  history.window = std::chrono::seconds{605};
  history.in_flight_max = history_open_max;
  return {{clock, messages}, {clock, lines}, {clock, subscriptions}, {clock, history}};
}

std::uint64_t machine_seed() {
  std::random_device device;
  return device() | static_cast<std::uint64_t>(device()) << 32U;
}

// The difference between the machine's clock and the one the configuration wants to believe in.
Result<std::chrono::microseconds> clock_offset(const std::string& text) {
  if (text.empty()) return std::chrono::microseconds{0};
  const std::string_view whole = text;
  const auto wrong = [&] {
    return fail(
        ErrorKind::invalid_input,
        "config: simulation.clock is \"{}\"; write New York time, \"2014-06-05 09:29:30\"", text);
  };
  if (whole.size() != 19) return wrong();
  const auto day = parse_day(whole.substr(0, 10));
  const auto minutes = parse_clock(whole.substr(11, 5));
  const auto seconds = parse_int(whole.substr(17, 2));
  if (!day || !minutes || !seconds) return wrong();
  return new_york(*day, *minutes + std::chrono::seconds{*seconds}) - RealClock().now();
}

Result<std::string> read_text(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return fail(ErrorKind::not_found, "{} cannot be read", file.string());
  std::stringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

}  // namespace

Wiring::Wiring(Config config, asio::io_context& io, World world)
    : config_(std::move(config)),
      io_(io),
      world_(std::move(world)),
      real_clock_(
          clock_offset(config_.settings.simulation_clock).value_or(std::chrono::seconds{0})),
      clock_(world_.clock != nullptr ? world_.clock : &real_clock_),
      source_(DataSource::ibkr),
      console_(std::cerr, run_),
      gate_(tee_, world_.mute),
      events_(gate_, config_.settings.run_logs, run_, {"delayed_data", "disk_low"}),
      random_(world_.seed.value_or(machine_seed())) {
  if (world_.source) {
    source_ = *world_.source;
  } else if (auto named = parse_data_source(config_.settings.simulation_source)) {
    source_ = *named;
  }
}

Wiring::~Wiring() { close_session(); }

Result<std::unique_ptr<Wiring>> Wiring::make(Config config, asio::io_context& io, World world) {
  OPT_TRY_VOID(clock_offset(config.settings.simulation_clock));
  OPT_TRY(std::vector<ListedClosure> closures, load_closures(config));
  std::unique_ptr<Wiring> wiring(new Wiring(std::move(config), io, std::move(world)));
  OPT_TRY(wiring->calendar_, Calendar::with(closures));
  wiring->closures_ = std::move(closures);
  OPT_TRY_VOID(wiring->open());
  return wiring;
}

Result<void> Wiring::open() {
  const Settings& settings = config_.settings;
  const auto now = [this] { return clock_->now(); };
  error_file_ = std::make_unique<observe::ErrorFile>(settings.run_logs, run_, now, std::cerr);
  OPT_TRY(
      log_, observe::EventLog::open(
                {settings.run_logs / "opt-data.jsonl", level_of(settings.log_level),
                 settings.log_rotation},
                run_, now, std::cerr));
  tee_.add(*error_file_);
  tee_.add(*log_);
  if (!world_.quiet) tee_.add(console_);
  disk_ = with_crash_points(
      world_.disk ? world_.disk() : std::make_unique<store::RealDisk>(), world_.crash);
  for (const auto& folder : {settings.state, settings.raw, settings.clean})
    OPT_TRY_VOID(disk_->make_directories(folder));
  store::DatabaseOptions options;
  options.threads = settings.threads;
  options.memory_limit = settings.memory_limit;
  options.temporary_directory = settings.state / "spill";  // Made when it is needed.
  OPT_TRY(database_, store::Database::open(options));
  const store::DatasetPaths paths{settings.raw, settings.clean};
  reader_ = store::make_parquet_reader(paths, *disk_, *database_);
  OPT_TRY(const store::Codec hot, store::parse_codec(settings.hot_codec));
  writer_ = store::make_parquet_writer(paths, *disk_, *database_, hot);
  if (world_.writer) writer_ = world_.writer(std::move(writer_));
  make_doors();
  if (!world_.record.empty()) {
    OPT_TRY(recorder_, gateway::Recorder::open(world_.record, *clock_, events_));
  }
  return {};
}

void Wiring::make_doors() {
  std::ranges::move(doors_, std::back_inserter(retired_doors_));
  doors_.clear();
  doors_.resize(1 + settings().other_gateways.size());
  for (Door& door : doors_)
    door.budgets = std::make_unique<gateway::PacingBudgets>(make_budgets(*clock_, settings()));
}

Result<void> Wiring::use_day(TradeDate date) {
  if (!settings().stages_apply) return {};
  OPT_TRY(const auto plan, load_stages(config_));
  OPT_TRY(const check::StageState state, load_stage_state(*disk_, settings().state));
  const int number = state.on(date);
  if (number < 0 || static_cast<std::size_t>(number) >= plan->stages.size())
    return fail(
        ErrorKind::invalid_input, "stage {} is in force on {}, and {} has only {} stages", number,
        date.text(), settings().stages_file.string(), plan->stages.size());
  if (!apply_stage(plan->stages[static_cast<std::size_t>(number)], number, config_)) return {};
  close_session();
  make_doors();
  return {};
}

Result<store::Ledger*> Wiring::ledger() {
  if (!ledger_) {
    OPT_TRY(
        auto opened, store::Ledger::open(settings().state / "ledger.sqlite", world_.durability));
    ledger_ = with_crash_points(std::move(opened), world_.crash);
  }
  return ledger_.get();
}

Result<store::Ledger*> Wiring::ledger_to_read() {
  if (ledger_) return ledger_.get();
  if (!reading_ledger_) {
    const auto file = settings().state / "ledger.sqlite";
    if (!disk_->exists(file))
      return fail(
          ErrorKind::not_found, "{} does not exist: nothing was collected with this configuration",
          file.string());
    OPT_TRY(reading_ledger_, store::Ledger::open_read_only(file));
  }
  return reading_ledger_.get();
}

Result<collect::Workshop*> Wiring::workshop() {
  OPT_TRY(store::Ledger * opened, ledger());
  if (!workshop_)
    workshop_.emplace(
        collect::Workshop{calendar_, *clock_, *disk_, *opened, *reader_, *writer_, events_});
  return &*workshop_;
}

asio::awaitable<Result<collect::Workshop*>> Wiring::workshop_when_free(Instant until) {
  for (;;) {
    auto shop = workshop();
    if (shop || shop.error().kind != ErrorKind::unavailable || clock_->now() >= until)
      co_return shop;
    OPT_CO_TRY_VOID(co_await clock_->wait_for(std::chrono::seconds{1}));
  }
}

GatewayAddress Wiring::address(std::size_t gateway) const {
  const Settings& settings = config_.settings;
  if (gateway > 0) return settings.other_gateways[gateway - 1];
  return {settings.host, settings.port, settings.client_id};
}

asio::awaitable<Result<std::unique_ptr<gateway::TwsSession>>> Wiring::open_session(
    std::size_t gateway) {
  const Settings& settings = config_.settings;
  const GatewayAddress where = address(gateway);
  gateway::SessionOptions options;
  options.address = where.text();
  options.client_id = where.client_id;
  options.client_id_tries = settings.client_id_tries;
  options.market_data_type = settings.market_data_type;
  options.handshake_timeout = settings.handshake_timeout;
  options.quiet_max = settings.keep_alive;
  options.unreadable = [this](std::string_view payload) {
    const auto file = config_.settings.run_logs / "unreadable.bin";
    if (std::ofstream out(file, std::ios::binary); out) out << observe::redact_accounts(payload);
  };
  gateway::Connector connect = world_.connect;
  if (!connect)
    connect = [where, timeout = settings.handshake_timeout]()
        -> asio::awaitable<Result<std::unique_ptr<net::Transport>>> {
      OPT_CO_TRY(
          auto transport, co_await net::TcpTransport::connect(where.host, where.port, timeout));
      co_return std::unique_ptr<net::Transport>(std::move(transport));
    };
  if (recorder_ && gateway == 0) connect = recorder_->record(std::move(connect));
  co_return co_await gateway::TwsSession::open(
      connect, options, *clock_, budgets(gateway), events_);
}

gateway::Link& Wiring::link(std::size_t gateway) {
  Door& door = doors_[gateway];
  if (!door.link) {
    door.link = std::make_unique<gateway::Link>(
        [this, gateway] { return open_session(gateway); }, gateway::LinkOptions{}, *clock_, events_,
        Random(random_.next()));
    door.asked = with_crash_points(*door.link, world_.crash);
  }
  return *door.link;
}

void Wiring::close_session() {
  for (Door& door : doors_)
    if (door.link) door.link->close();
}

collect::Connect Wiring::connect() {
  return [this]() -> asio::awaitable<Result<gateway::Gateway*>> {
    gateway::Link& opened = link();
    co_return doors_[0].asked ? doors_[0].asked.get() : &opened;
  };
}

collect::ConnectAll Wiring::connect_all() {
  return [this]() -> asio::awaitable<Result<std::vector<gateway::Gateway*>>> {
    std::vector<gateway::Gateway*> all;
    for (std::size_t i = 0; i < doors_.size(); ++i) {
      gateway::Link& opened = link(i);
      all.push_back(doors_[i].asked ? doors_[i].asked.get() : &opened);
    }
    co_return all;
  };
}

Result<std::vector<Underlying>> Wiring::universe() const {
  if (!settings().symbols.empty()) return settings().symbols;
  auto text = read_text(settings().universe_file);
  if (!text)
    return fail(
        ErrorKind::not_found,
        "no underlyings: universe.symbols is empty and {} cannot be read; write one symbol a line "
        "there, or name them with --symbols",
        settings().universe_file.string());
  std::vector<Underlying> symbols;
  int number = 0;
  for (std::string_view line : split(*text, '\n')) {
    ++number;
    line = trim(line.substr(0, line.find('#')));
    line = trim(line.substr(0, line.find(',')));
    if (line.empty() || line == "symbol") continue;
    auto symbol = parse_underlying(line);
    if (!symbol)
      return fail_within(
          std::move(symbol).error(), "{}:{}", settings().universe_file.string(), number);
    if (std::ranges::find(symbols, *symbol) == symbols.end()) symbols.push_back(*std::move(symbol));
    if (settings().universe_top > 0 && std::cmp_equal(symbols.size(), settings().universe_top))
      break;
  }
  if (symbols.empty())
    return fail(
        ErrorKind::invalid_input, "{} names no underlying", settings().universe_file.string());
  return symbols;
}

Result<std::vector<CorporateAction>> Wiring::actions() const {
  auto text = read_text(settings().corporate_actions);
  // Without the file there are no splits, unless somebody named another one.
  const Effective& named = config_.effective.at("reference.corporate_actions");
  if (!text && named.value == ConfigValue(std::string(standard_corporate_actions)))
    return std::vector<CorporateAction>{};
  if (!text)
    return fail(
        ErrorKind::not_found,
        "{}: reference.corporate_actions names {}, which cannot be read; write that file (it may "
        "be empty) or remove the key",
        named.origin, settings().corporate_actions.string());
  auto parsed = parse_corporate_actions(*text);
  if (!parsed)
    return fail_within(std::move(parsed).error(), "{}", settings().corporate_actions.string());
  return parsed;
}

collect::SnapshotSettings Wiring::snapshot_settings() const {
  collect::SnapshotSettings out;
  out.contracts_cache = settings().contracts_cache;
  out.slot_step = settings().slot_step;
  out.window = settings().window;
  out.limits = settings().limits;
  out.capture = settings().capture;
  out.capture.source = source_;
  out.stale = settings().stale;
  return out;
}

collect::DiscoveryOptions Wiring::discovery_options(std::vector<CorporateAction> actions) const {
  collect::DiscoveryOptions out;
  out.cache = settings().contracts_cache;
  out.filters = settings().filters;
  out.rotation_sessions = settings().rotation_sessions;
  out.probes_max = settings().probes_max;
  out.actions = std::move(actions);
  return out;
}

collect::EnrichmentSettings Wiring::enrichment_settings() const {
  collect::EnrichmentSettings out;
  out.contracts_cache = settings().contracts_cache;
  out.published_from = settings().published_from;
  out.settle = settings().enrichment_settle;
  out.timeout = settings().enrichment_timeout;
  out.in_flight_max = settings().limits.in_flight_max;
  out.allow_delayed = settings().capture.allow_delayed;
  out.source = source_;
  return out;
}

collect::FillSettings Wiring::fill_settings() const {
  collect::FillSettings out;
  out.contracts_cache = settings().contracts_cache;
  out.window = settings().window;
  out.in_flight_max = std::min(settings().limits.in_flight_max, history_open_max);
  out.require_greeks = settings().capture.require_greeks;
  out.source = source_;
  return out;
}

SlotGrid Wiring::grid(TradeDate date) const {
  return SlotGrid(calendar_.session(date), settings().slot_step);
}

std::string Wiring::new_ingest_id() { return hex_id(random_); }

void Wiring::flush_console() { console_.flush(); }

Result<std::vector<ListedClosure>> load_closures(const Config& config) {
  auto text = read_text(config.settings.closures);
  if (text) return parse_closures(*text, config.settings.closures.string());
  const Effective& named = config.effective.at("reference.closures");
  if (named.value == ConfigValue(std::string(standard_closures)))
    return std::vector<ListedClosure>{};
  return fail(
      ErrorKind::not_found,
      "{}: reference.closures names {}, which cannot be read; write that file (it may be empty) or "
      "remove the key",
      named.origin, config.settings.closures.string());
}

Result<TradeDate> parse_trade_date(std::string_view text, const Calendar& calendar, Instant now) {
  const auto today = in_new_york(now).day;
  if (text == "today") return calendar.trade_date(today);
  if (text == "yesterday") {
    // The trading day before, which on a Monday is Friday.
    OPT_TRY(const TradeDate next, calendar.on_or_after(today));
    return calendar.previous(next);
  }
  auto day = parse_day(text);
  if (!day)
    return fail(
        ErrorKind::invalid_input, "--date is '{}'; write today, yesterday or YYYY-MM-DD", text);
  return calendar.trade_date(*day);
}

}  // namespace opt_data::app
