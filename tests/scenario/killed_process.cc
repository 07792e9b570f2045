#include "killed_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <new>
#include <utility>
#include <vector>

#include "app/config.h"
#include "app/day.h"
#include "app/simulated_day.h"
#include "net/memory_pipe.h"
#include "sim/sim_clock.h"
#include "sim/sim_gateway.h"

namespace opt_data::scenario {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

Phase phase_of(std::string_view point) {
  for (const Phase phase :
       {Phase::discovery, Phase::asking, Phase::journal, Phase::publish, Phase::rollup,
        Phase::enrichment})
    if (point == to_text(phase)) return phase;
  return Phase::files;
}

app::ConfigRequest request_for(const fs::path& directory) {
  app::ConfigRequest request;
  request.file = directory / "config" / "opt-data.toml";
  request.environment = [](const char*) -> const char* { return nullptr; };
  return request;
}

// Where this process is, told to the one that watches it.
class Teller {
 public:
  Teller(std::atomic<Phase>& phase, Phase aim, int reached)
      : phase_(phase), aim_(aim), reached_(reached) {}
  void at(Phase phase) {
    phase_ = phase;
    if (told_ || (aim_ != Phase::starting && aim_ != phase)) return;
    told_ = ::write(reached_, "!", 1) == 1;
  }

 private:
  std::atomic<Phase>& phase_;
  Phase aim_;
  int reached_;
  bool told_ = false;
};

// Tells when a file is being made: DuckDB writes it between two crash points.
class TellingWriter : public store::DatasetWriter {
 public:
  TellingWriter(std::unique_ptr<store::DatasetWriter> writer, Teller& teller)
      : writer_(std::move(writer)), teller_(teller) {}
  Result<store::Published> publish(
      const store::Partition& where, const store::Rows& rows) override {
    teller_.at(
        where.view == store::View::intraday     ? Phase::publish
        : where.view == store::View::enrichment ? Phase::enrichment
                                                : Phase::rollup);
    return writer_->publish(where, rows);
  }

 private:
  std::unique_ptr<store::DatasetWriter> writer_;
  Teller& teller_;
};

timespec span(std::chrono::microseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {seconds.count(), std::chrono::nanoseconds(time - seconds).count()};
}

// Until there is something to read in one of them, or the time is over.
void wait_for(std::initializer_list<int> files, std::chrono::microseconds at_most) {
  std::vector<pollfd> waiting;
  for (const int file : files) waiting.push_back({file, POLLIN, 0});
  const timespec limit = span(at_most);
  ::ppoll(waiting.data(), waiting.size(), &limit, nullptr);
}

}  // namespace

std::string_view to_text(Phase phase) {
  constexpr std::string_view names[] = {"starting", "discovery",  "asking",    "journal", "publish",
                                        "rollup",   "enrichment", "selfcheck", "files"};
  return names[static_cast<std::size_t>(phase)];
}

KilledProcess::KilledProcess(
    const sim::Scenario& scenario, const MarketSource& market, TradeDate date, fs::path directory)
    : scenario_(scenario), market_(market), date_(date), directory_(std::move(directory)) {
  void* const memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  shared_ = new (memory) Shared;
  store::RealDisk disk;
  fs::create_directories(directory_ / "config");
  const auto settings = app::scenario_settings(scenario);
  if (!disk.write(request_for(directory_).file, app::config_template(settings, "A day of kills.")))
    std::abort();
}

KilledProcess::~KilledProcess() { ::munmap(shared_, sizeof(Shared)); }

// In the child: the day from here on, as if the program had been started.
void KilledProcess::live(Instant start, Phase aim, int reached) {
  const auto give_up = [this](const Error& error) {
    std::strncpy(shared_->error, error.message.c_str(), sizeof shared_->error - 1);
    ::_exit(3);
  };
  auto config = app::load_config(request_for(directory_));
  if (!config) give_up(config.error());
  asio::io_context io;
  sim::SimClock clock(io, start);
  sim::SimGateway gateway(market_, clock, scenario_.gateway, scenario_.seed);
  Teller teller(shared_->phase, aim, reached);
  app::World world;
  world.clock = &clock;
  world.source = DataSource::simulated;
  world.quiet = true;
  world.durability = store::Durability::process_crash;
  world.connect = [&]() -> asio::awaitable<Result<std::unique_ptr<net::Transport>>> {
    auto [here, there] = net::MemoryPipe::make();
    asio::co_spawn(io, gateway.serve(std::move(there)), asio::detached);
    co_return std::unique_ptr<net::Transport>(std::move(here));
  };
  const Instant judged = new_york(Calendar().next(date_)->day(), 7h);
  world.crash = [&](std::string_view point) -> Result<void> {
    note(clock.now());
    const Phase phase = phase_of(point);
    // What the day writes after its last question are reports and the verdict.
    teller.at(phase == Phase::files && clock.now() > judged ? Phase::selfcheck : phase);
    return {};
  };
  world.writer = [&teller](std::unique_ptr<store::DatasetWriter> writer) {
    return std::make_unique<TellingWriter>(std::move(writer), teller);
  };
  auto wiring = app::Wiring::make(*std::move(config), io, std::move(world));
  if (!wiring) give_up(wiring.error());
  // Kills come between crash points, too, and time must not run back after one.
  auto tell_time = [this, &clock]() -> asio::awaitable<void> {
    for (;;) {
      (void)co_await clock.wait_for(1s);
      note(clock.now());
    }
  };
  asio::co_spawn(io, tell_time(), asio::detached);
  auto day = clock.run_until_done(app::run_day(date_, **wiring, [](const std::string&) {}));
  note(clock.now());
  if (!day) give_up(Error{ErrorKind::unavailable, "the day waits for what never comes", 0});
  if (!*day) give_up(day->error());
  shared_->done = true;
  ::_exit(0);
}

Ending KilledProcess::run(Instant start, std::optional<Kill> kill) {
  note(start);
  shared_->phase = Phase::starting;
  shared_->error[0] = '\0';
  const auto began = std::chrono::steady_clock::now();
  int reached[2];
  if (::pipe2(reached, O_CLOEXEC) != 0) std::abort();
  const pid_t process = ::fork();
  if (process < 0) std::abort();
  if (process == 0) live(start, kill ? kill->aim : Phase::starting, reached[1]);
  if (kill) {
    const int end = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
    if (end < 0) std::abort();
    wait_for({reached[0], end}, kill->at_most);
    wait_for({end}, kill->after);
    ::close(end);
    // It is not waited for yet, so its number is still its own.
    ::kill(process, SIGKILL);
  }
  ::close(reached[0]);
  ::close(reached[1]);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  Ending ending;
  ending.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  ending.at = Instant{std::chrono::microseconds{shared_->now}};
  ending.phase = shared_->phase;
  ending.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  ending.done = shared_->done;
  ending.error = shared_->error;
  if (!ending.killed && !ending.done && ending.error.empty())
    ending.error = "it ended with status " + std::to_string(status);
  return ending;
}

}  // namespace opt_data::scenario
