// A slot that is published again and again while others read it: each sees one version of it,
// whole, and the writer never waits for them.
#include <algorithm>
#include <boost/asio/detached.hpp>

#include "base/text.h"
#include "serve/serve_fixture.h"
#include "serve/server.h"
#include "store/dataset_fixture.h"

namespace opt_data::serve {
namespace {

using Steady = std::chrono::steady_clock;
using nlohmann::json;

constexpr int contracts = 200;
constexpr int publications = 100;

class PublicationTest : public testing::Test {
 protected:
  PublicationTest() {
    options.desks = 2;
    server = Server::make(io.get_executor(), options, machine.sources).value();
    server->start();
    rows = store::SlotRows(store::test_seed(), where)(contracts);
    for (OptionQuote& row : rows) row.contract.underlying = "TWX";
    publish(1);
  }

  // As a slot's job does it: the file, then the record of it.
  void publish(int version) {
    for (OptionQuote& row : rows) row.quote.volume = version;
    const auto published = writer->publish(where, std::span<const OptionQuote>(rows));
    ASSERT_TRUE(published) << published.error().message;
    ASSERT_FALSE(published->already);
    ASSERT_TRUE(ledger->record_published(
        {where.text(), published->rows, published->checksum,
         machine.sources.now() + std::chrono::milliseconds{version}}));
  }

  // The versions that are in an answer. Empty: it is no answer.
  static std::set<std::int64_t> versions(const std::string& answer) {
    std::set<std::int64_t> found;
    const auto body = json::parse(answer.substr(answer.find("\r\n\r\n") + 4), nullptr, false);
    if (!answer.starts_with("HTTP/1.0 200") || body.is_discarded()) return found;
    if (body["rows"].size() != contracts) return found;
    for (const json& row : body["rows"])
      found.insert((row.is_array() ? row.at(0) : row.at("volume")).get<std::int64_t>());
    return found;
  }

  asio::awaitable<void> read(int reader) {
    std::int64_t newest = 0;
    // Named, not given away in the call: g++ 12 ends such temporaries twice.
    const bool sql = reader % 2 == 0;
    const std::string head =
        sql ? "POST /api/v1/query" : "GET /api/v1/days/2025-10-06/chain?symbol=TWX&slot=0";
    const json select = {
        {"sql", "SELECT volume FROM intraday WHERE slot_30m = 0"}, {"from", "2025-10-06"}};
    const std::string body = sql ? select.dump() : std::string();
    while (!done) {
      const std::string answer = co_await ask(server->port(), head, body);
      const auto seen = versions(answer);
      if (seen.size() != 1) mixed.push_back(answer.substr(0, 2'000));
      if (!seen.empty() && *seen.begin() < newest) mixed.push_back("an older version came back");
      if (!seen.empty()) newest = *seen.begin();
      ++looks;
    }
  }

  // How long each publication took, in milliseconds, sorted.
  std::vector<double> publish_all(int first) {
    std::vector<double> times;
    for (int i = 0; i < publications; ++i) {
      const auto began = Steady::now();
      publish(first + i);
      times.push_back(std::chrono::duration<double, std::milli>(Steady::now() - began).count());
      io.restart();
      const auto until = Steady::now() + std::chrono::milliseconds{5};
      while (Steady::now() < until && io.run_one_until(until) > 0) {
      }
    }
    std::ranges::sort(times);
    return times;
  }

  Machine machine;
  asio::io_context io;
  ServerOptions options;
  std::unique_ptr<Server> server;
  store::RealDisk disk;
  std::unique_ptr<store::Database> database = store::Database::open({.threads = 1}).value();
  std::unique_ptr<store::DatasetWriter> writer =
      store::make_parquet_writer(machine.sources.paths, disk, *database);
  std::unique_ptr<store::Ledger> ledger = machine.ledger();
  const store::Partition where{store::Layer::clean, store::View::intraday, machine.date, 0};
  std::vector<OptionQuote> rows;
  bool done = false;
  int looks = 0;
  std::vector<std::string> mixed;
};

TEST_F(PublicationTest, readers_see_one_version_whole_and_the_writer_does_not_wait) {
  const std::vector<double> alone = publish_all(2);
  constexpr int readers = 8;
  int reading = readers;
  for (int i = 0; i < readers; ++i)
    asio::co_spawn(io, read(i), [&](std::exception_ptr error) {
      EXPECT_FALSE(error);
      --reading;
    });
  const std::vector<double> beside = publish_all(2 + publications);
  done = true;
  io.restart();
  while (reading > 0 && io.run_one() > 0) {
  }
  EXPECT_TRUE(mixed.empty()) << mixed.size() << " answers of " << looks << "; the first:\n"
                             << mixed.front();
  EXPECT_GT(looks, publications / 2);
  fmt::print(
      "{} looks by {} readers while a slot of {} rows was published {} times: {:.1f} ms in the "
      "middle and {:.1f} at most; {:.1f} and {:.1f} without readers\n",
      looks, readers, contracts, publications, beside[publications / 2], beside.back(),
      alone[publications / 2], alone.back());
  // A writer that waited for a reader's lock would give up after seconds.
  EXPECT_LT(beside.back(), 2'000);
}

}  // namespace
}  // namespace opt_data::serve
