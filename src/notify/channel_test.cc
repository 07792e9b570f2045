#include "notify/channel.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "notify/notify_fixture.h"
#include "observe/tee.h"

namespace opt_data::notify {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

Alert an_alert() {
  Alert alert;
  alert.key = std::string(32, 'k');
  alert.code = "job_missed";
  alert.message = "snapshot 10:30 was missed";
  return alert;
}

Delivery send(Channel& channel) {
  asio::io_context io;
  std::optional<Delivery> delivery;
  asio::co_spawn(io, channel.send(an_alert()), [&](std::exception_ptr thrown, Delivery value) {
    if (!thrown) delivery = std::move(value);
  });
  io.run();
  return delivery.value();
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

// A webhook's receiver on the loopback, which can go away and come back on its port.
class HttpReceiver {
 public:
  explicit HttpReceiver(asio::io_context& io) : io_(io) { come(); }
  void come() {
    server_ = net::HttpServer::bind(io_.get_executor(), "127.0.0.1", port_).value();
    port_ = server_->port();
    server_->start([this](const net::HttpRequest& request) {
      ++asked;
      if (status < 300) requests.push_back(request);
      net::HttpResponse response;
      response.status = status;
      if (retry_after > 0) response.headers = {{"Retry-After", std::to_string(retry_after)}};
      return response;
    });
  }
  void go() { server_.reset(); }
  net::Url url() const { return {false, "127.0.0.1", port_, "/services/secret"}; }

  std::vector<net::HttpRequest> requests;  // Those that were accepted.
  int asked = 0, status = 200, retry_after = 0;

 private:
  asio::io_context& io_;
  std::unique_ptr<net::HttpServer> server_;
  std::uint16_t port_ = 0;
};

Delivery send(Channel& channel, asio::io_context& io) {
  std::optional<Delivery> delivery;
  asio::co_spawn(io, channel.send(an_alert()), [&](std::exception_ptr thrown, Delivery value) {
    if (!thrown) delivery = std::move(value);
    io.stop();
  });
  io.restart();
  io.run();
  return delivery.value();
}

TEST(Webhook, is_told_as_its_kind_wants_it) {
  asio::io_context io;
  HttpReceiver receiver(io);
  for (const auto& [kind, field] :
       {std::pair{WebhookKind::slack, "text"},
        {WebhookKind::discord, "content"},
        {WebhookKind::json, "message"}}) {
    const auto channel = make_webhook("webhook", kind, receiver.url(), 30s);
    const Delivery delivery = send(*channel, io);
    ASSERT_TRUE(delivery.accepted) << delivery.why;
    const net::HttpRequest& request = receiver.requests.back();
    EXPECT_EQ(request.target, "/services/secret");
    EXPECT_EQ(request.header("content-type"), "application/json");
    EXPECT_EQ(request.header("idempotency-key"), std::string(32, 'k'));
    const auto json = nlohmann::json::parse(request.body);
    EXPECT_THAT(json.at(field).get<std::string>(), HasSubstr("snapshot 10:30 was missed"));
  }
}

TEST(Webhook, that_refuses_is_named_without_its_path) {
  asio::io_context io;
  HttpReceiver receiver(io);
  const auto channel = make_webhook("webhook", WebhookKind::json, receiver.url(), 30s);
  receiver.status = 404;
  Delivery delivery = send(*channel, io);
  EXPECT_FALSE(delivery.accepted);
  EXPECT_TRUE(delivery.hopeless);
  EXPECT_THAT(delivery.why, HasSubstr("HTTP 404"));
  EXPECT_THAT(delivery.why, Not(HasSubstr("secret")));
  receiver.status = 429;
  receiver.retry_after = 42;
  delivery = send(*channel, io);
  EXPECT_FALSE(delivery.hopeless);
  EXPECT_EQ(delivery.retry_after, 42s);
  receiver.go();
  delivery = send(*channel, io);
  EXPECT_FALSE(delivery.accepted);
  EXPECT_THAT(delivery.why, Not(HasSubstr("secret")));
}

// ---- the hour without a receiver, over real sockets

// Time goes on only where the test says so; sockets take the time they need.
class SteppedClock : public Clock {
 public:
  explicit SteppedClock(Instant start) : now_(start) {}
  Instant now() const override { return now_; }
  asio::awaitable<Result<void>> wait_until(Instant when) override {
    while (now_ < when) OPT_CO_TRY_VOID(co_await moved_.wait());
    co_return Result<void>();
  }
  void step(std::chrono::seconds span) {
    now_ += span;
    moved_.notify_all();
  }

 private:
  Instant now_;
  Signal moved_;
};

TEST(Webhook, that_is_down_for_an_hour_gets_each_alert_once) {
  asio::io_context io;
  const store::TemporaryFolder folder;
  HttpReceiver receiver(io);
  SteppedClock clock(new_york(std::chrono::year{2025} / 10 / 6, 9h + 30min));
  const Instant start = clock.now();
  observe::Run run;
  observe::Counters heard;
  observe::Metrics metrics;
  std::vector<std::unique_ptr<Channel>> channels;
  channels.push_back(make_webhook("webhook", WebhookKind::json, receiver.url(), 30s));
  Alerter alerter(
      {}, AlertQueue::open(folder / "alerts.sqlite", {}).value(), std::move(channels), run, clock,
      heard, metrics);
  alerter.start(io.get_executor());
  const auto attempts = [&] {
    return metrics.value("optdata_alert_attempts_failed_total", {"webhook"}) +
           metrics.value("optdata_alerts_delivered_total", {"webhook"});
  };
  // Whatever can happen at this moment, over sockets too.
  const auto settle = [&] {
    io.restart();
    while (io.run_one_for(50ms) > 0) {
    }
  };
  receiver.go();
  for (int minute = 0; minute < 60; ++minute) {
    if (minute % 6 == 0) alerter.on(event_of("code_" + std::to_string(minute / 6)));
    clock.step(30s);
    io.restart();
    io.poll();
    clock.step(30s);
    settle();
  }
  EXPECT_EQ(clock.now(), start + 1h);
  EXPECT_THAT(receiver.requests, SizeIs(0));
  EXPECT_GE(attempts(), 6) << "it was asked again and again";
  EXPECT_LE(attempts(), 15) << "and not too often";
  receiver.come();
  for (int half = 0; half < 60 && receiver.requests.size() < 10; ++half) {
    clock.step(30s);
    settle();
  }
  ASSERT_THAT(receiver.requests, SizeIs(10));
  std::map<std::string, int> keys;
  for (std::size_t i = 0; i < receiver.requests.size(); ++i) {
    ++keys[std::string(receiver.requests[i].header("idempotency-key"))];
    const auto json = nlohmann::json::parse(receiver.requests[i].body);
    EXPECT_EQ(json.at("code"), "code_" + std::to_string(i)) << "in their order";
    EXPECT_EQ(json.at("key"), receiver.requests[i].header("idempotency-key"));
  }
  EXPECT_THAT(keys, SizeIs(10));
  clock.step(3600s);
  settle();
  EXPECT_THAT(receiver.requests, SizeIs(10)) << "nothing is repeated";
}

// ---- commands

TEST(CommandChannel, gets_the_alert_on_its_standard_input) {
  const store::TemporaryFolder folder;
  const auto file = folder / "seen.json";
  const auto channel =
      make_command("command", {"/bin/sh", "-c", "cat > \"$1\"", "sh", file.string()}, 5s);
  const Delivery delivery = send(*channel);
  EXPECT_TRUE(delivery.accepted) << delivery.why;
  EXPECT_EQ(nlohmann::json::parse(contents(file)).at("code"), "job_missed");
}

TEST(CommandChannel, runs_no_shell_of_its_own) {
  const store::TemporaryFolder folder;
  const auto file = folder / "made-by-a-shell";
  const auto channel = make_command("command", {"/bin/true", "; touch " + file.string()}, 5s);
  EXPECT_TRUE(send(*channel).accepted);
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(CommandChannel, that_fails_says_how) {
  Delivery delivery =
      send(*make_command("command", {"/bin/sh", "-c", "echo no mail >&2; exit 3"}, 5s));
  EXPECT_FALSE(delivery.accepted);
  EXPECT_EQ(delivery.why, "/bin/sh ended with code 3: no mail");
  delivery = send(*make_command("command", {"/nowhere/at-all"}, 5s));
  EXPECT_FALSE(delivery.accepted);
  EXPECT_TRUE(delivery.hopeless);
  EXPECT_THAT(delivery.why, HasSubstr("/nowhere/at-all cannot be run"));
}

TEST(CommandChannel, that_does_not_end_is_ended) {
  const auto began = std::chrono::steady_clock::now();
  const Delivery delivery =
      send(*make_command("command", {"/bin/sh", "-c", "sleep 600 & sleep 600"}, 200ms));
  EXPECT_FALSE(delivery.accepted);
  EXPECT_THAT(delivery.why, HasSubstr("did not end within 200 ms"));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 30s);
}

// One that does not read its input, and one that says more than anybody wants.
TEST(CommandChannel, is_not_held_up_by_pipes) {
  EXPECT_TRUE(send(*make_command("command", {"/bin/true"}, 5s)).accepted);
  const Delivery delivery = send(*make_command(
      "command", {"/bin/sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 1"}, 20s));
  EXPECT_FALSE(delivery.accepted);
  EXPECT_LT(delivery.why.size(), 400u);
}

TEST(Channels, are_those_that_are_configured) {
  ChannelOptions options;
  EXPECT_THAT(make_channels(options).value(), SizeIs(0));
  options.slack_url = "https://hooks.slack.com/services/secret";
  options.command = {"mail"};
  const auto channels = make_channels(options).value();
  ASSERT_THAT(channels, SizeIs(2));
  EXPECT_EQ(channels[0]->name(), "slack");
  EXPECT_EQ(channels[1]->name(), "command");
  options.discord_url = "secret";
  const auto wrong = make_channels(options);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("discord"));
  EXPECT_THAT(wrong.error().message, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace opt_data::notify
