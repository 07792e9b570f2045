// One program: settings, sinks, disk, database, ledger, clock, and the gateway session, put
// together.
//
// Commands get a Wiring and call one function of a stage; nothing below app knows of it.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "base/random.h"
#include "calendar/calendar.h"
#include "calendar/clock.h"
#include "collect/discovery.h"
#include "collect/fill_job.h"
#include "collect/snapshot_job.h"
#include "gateway/link.h"
#include "gateway/recorder.h"
#include "observe/console_sink.h"
#include "observe/error_file.h"
#include "observe/event_log.h"
#include "observe/once_a_day.h"
#include "observe/run.h"
#include "observe/tee.h"
#include "store/dataset.h"
#include "store/ledger.h"

namespace opt_data::app {

// What a command may replace: a simulated world brings its own clock, connection and disk.
struct World {
  Clock* clock = nullptr;            // Empty: the machine's.
  gateway::Connector connect;        // Empty: TCP to the address of each gateway.
  std::optional<DataSource> source;  // Empty: settings.simulation_source, else IBKR.
  std::function<std::unique_ptr<store::Disk>()> disk;  // Empty: the machine's.
  std::function<std::unique_ptr<store::DatasetWriter>(std::unique_ptr<store::DatasetWriter>)>
      writer;  // Puts something around the writer. Empty: nothing.
  // Called at every crash point; tests only. An error: the process is gone.
  std::function<Result<void>(std::string_view point)> crash;
  std::function<bool()> mute;    // True: what happens is told to nobody.
  std::filesystem::path record;  // Empty: conversations with the gateway are not kept.
  bool quiet = false;            // No warnings on standard error.
  store::Durability durability = store::Durability::power_loss;
  std::optional<std::uint64_t> seed;  // Empty: from the machine.
};

class Wiring {
 public:
  // Errors: storage when a directory of the configuration cannot be written, naming it.
  static Result<std::unique_ptr<Wiring>> make(
      Config config, asio::io_context& io, World world = {});
  ~Wiring();

  const Settings& settings() const { return config_.settings; }
  const Config& config() const { return config_; }
  const Calendar& calendar() const { return calendar_; }  // With the listed closures.
  const std::vector<ListedClosure>& closures() const { return closures_; }
  Clock& clock() { return *clock_; }
  store::Disk& disk() { return *disk_; }
  observe::EventSink& events() { return events_; }
  void listen(observe::EventSink& sink) { tee_.add(sink); }  // Until unlisten().
  void unlisten(observe::EventSink& sink) { tee_.remove(sink); }
  observe::Run& run() { return run_; }
  store::DatasetReader& reader() { return *reader_; }
  store::DatasetWriter& writer() { return *writer_; }
  asio::io_context& io() { return io_; }
  DataSource source() const { return source_; }

  // With the lock; the second process gets a clear error. Opened once.
  Result<store::Ledger*> ledger();
  Result<store::Ledger*> ledger_to_read();  // Beside a live collector.
  Result<collect::Workshop*> workshop();    // Everything a stage may touch; takes the lock.
  // The same, and waits for another process to end. Errors: unavailable, who holds it, at `until`.
  asio::awaitable<Result<collect::Workshop*>> workshop_when_free(Instant until);

  // The gateways of this process, of which every configuration has a first one: a session is opened
  // when one is needed, and anew when it was lost.
  std::size_t gateways() const { return doors_.size(); }
  gateway::Link& link(std::size_t gateway = 0);
  GatewayAddress address(std::size_t gateway = 0) const;
  void close_session();
  // What a stage asks, with crash points where tests want them: the first one, or each.
  collect::Connect connect();
  collect::ConnectAll connect_all();
  gateway::PacingBudgets& budgets(std::size_t gateway = 0) { return *doors_[gateway].budgets; }

  // Universe and limits as the stage says that is in force on `date`, where stages apply. Not while
  // a gateway is being asked. Errors: as of load_stages.
  Result<void> use_day(TradeDate date);
  Result<std::vector<Underlying>> universe() const;  // Of the configuration, or the stage.
  Result<std::vector<CorporateAction>> actions() const;
  collect::SnapshotSettings snapshot_settings() const;
  collect::DiscoveryOptions discovery_options(std::vector<CorporateAction> actions) const;
  collect::EnrichmentSettings enrichment_settings() const;
  collect::FillSettings fill_settings() const;
  store::DatasetPaths dataset_paths() const { return {settings().raw, settings().clean}; }
  SlotGrid grid(TradeDate date) const;
  std::string new_ingest_id();
  // Runs `work` to its end on the machine's clock.
  template <typename T>
  T wait(asio::awaitable<T> work);
  void flush_console();

 private:
  Wiring(Config config, asio::io_context& io, World world);
  Result<void> open();
  void make_doors();
  asio::awaitable<Result<std::unique_ptr<gateway::TwsSession>>> open_session(std::size_t gateway);

  struct Door {
    std::unique_ptr<gateway::PacingBudgets> budgets;
    std::unique_ptr<gateway::Link> link;
    std::unique_ptr<gateway::Gateway> asked;  // The link behind its crash points.
  };

  Config config_;
  asio::io_context& io_;
  World world_;
  Calendar calendar_;
  std::vector<ListedClosure> closures_;
  RealClock real_clock_;
  Clock* clock_;
  DataSource source_;
  observe::Run run_;
  observe::ConsoleSink console_;
  std::unique_ptr<observe::ErrorFile> error_file_;
  std::unique_ptr<observe::EventLog> log_;
  observe::Tee tee_;
  observe::Gate gate_;
  observe::OnceADay events_;
  std::unique_ptr<store::Disk> disk_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<store::DatasetReader> reader_;
  std::unique_ptr<store::DatasetWriter> writer_;
  std::unique_ptr<store::Ledger> ledger_;
  std::unique_ptr<store::Ledger> reading_ledger_;
  std::optional<collect::Workshop> workshop_;
  std::unique_ptr<gateway::Recorder> recorder_;  // Of the first gateway.
  Random random_;
  std::vector<Door> doors_;          // One for each gateway.
  std::vector<Door> retired_doors_;  // Of other limits; what still runs may hold on to them.
};

template <typename T>
T Wiring::wait(asio::awaitable<T> work) {
  std::optional<T> result;
  std::exception_ptr thrown;
  asio::co_spawn(io_, std::move(work), [&](std::exception_ptr error, T value) {
    thrown = error;
    if (!error) result = std::move(value);
    io_.stop();
  });
  io_.restart();
  io_.run();
  if (thrown) std::rethrow_exception(thrown);
  return *std::move(result);
}

// The closures that reference.closures lists; none without that file. Errors: invalid_input.
Result<std::vector<ListedClosure>> load_closures(const Config& config);

// `today`, `yesterday` (New York's) or YYYY-MM-DD. Errors: as Calendar says, with what to write.
Result<TradeDate> parse_trade_date(std::string_view text, const Calendar& calendar, Instant now);

}  // namespace opt_data::app
