#include "serve/live.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "calendar/clock.h"
#include "serve/answers.h"
#include "serve/days.h"
#include "serve/status.h"

namespace opt_data::serve {
namespace {

using nlohmann::ordered_json;
using Steady = std::chrono::steady_clock;

// Days whose jobs are looked at for news.
constexpr int jobs_watched = 60;

// What two states differ in when something happened: the clock alone is no news.
std::string news_of(ordered_json status) {
  status.erase("now");
  status.erase("now_new_york");
  if (status.contains("collector")) status["collector"].erase("heard_at");
  return status.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

struct Look {
  std::string body, news;
  std::map<std::string, std::string> days;  // Date to what is on record of it.
};

Result<Look> look(Desk& desk) {
  Look now;
  OPT_TRY(const ordered_json json, status(desk));
  now.body = to_text(json);
  now.news = news_of(json);
  const auto glance = desk.glance();
  if (!glance) return now;
  OPT_TRY(const auto jobs, (*glance)->jobs_before(std::nullopt, jobs_watched));
  std::set<TradeDate> dates;
  for (const store::JobRecord& job : jobs) dates.insert(job.key.date);
  for (const TradeDate& date : dates) {
    OPT_TRY(now.days[date.text()], day_version(date, desk));
  }
  return now;
}

std::string event_text(std::string_view name, std::string_view line) {
  return fmt::format("event: {}\ndata: {}\n\n", name, line.substr(0, line.find('\n')));
}

}  // namespace

struct Live::State : std::enable_shared_from_this<Live::State> {
  State(Desks& from, asio::any_io_executor on, LiveTimes with)
      : desks(from), executor(on), times(with), pause(on) {}

  struct Reader {
    bool wants_status = true;
    std::set<std::string> days;
    asio::steady_timer news;
    Steady::time_point until;
    Reader(asio::any_io_executor on, Steady::time_point end) : news(on), until(end) {}
  };

  static asio::awaitable<void> watch(std::shared_ptr<State> self);
  void tell(const Look& now);

  Desks& desks;
  asio::any_io_executor executor;
  const LiveTimes times;
  asio::steady_timer pause;
  std::vector<std::shared_ptr<Reader>> readers;
  std::string status_line, news;
  std::map<std::string, std::string> days;
  bool looked = false, watching = false, closed = false;
};

namespace {

class LivePieces : public net::HttpPieces {
 public:
  LivePieces(std::shared_ptr<Live::State> state, std::shared_ptr<Live::State::Reader> reader)
      : state_(std::move(state)), reader_(std::move(reader)) {}
  ~LivePieces() override { std::erase(state_->readers, reader_); }

  asio::awaitable<Result<std::optional<std::string>>> next() override {
    for (;;) {
      if (state_->closed || Steady::now() >= reader_->until) co_return std::nullopt;
      std::string out;
      if (!greeted_) out = "retry: 1000\n: opt-data\n\n";
      greeted_ = true;
      if (reader_->wants_status && !state_->status_line.empty()) {
        reader_->wants_status = false;
        out += event_text("status", state_->status_line);
      }
      for (const std::string& date : reader_->days)
        out += event_text("day", fmt::format("{{\"date\":\"{}\"}}", date));
      reader_->days.clear();
      if (!out.empty()) co_return out;
      reader_->news.expires_after(state_->times.heartbeat);
      const auto [woken] = co_await reader_->news.async_wait(asio::as_tuple(asio::use_awaitable));
      if (!woken) co_return event_text("ping", "{}");
    }
  }

 private:
  std::shared_ptr<Live::State> state_;
  std::shared_ptr<Live::State::Reader> reader_;
  bool greeted_ = false;
};

}  // namespace

void Live::State::tell(const Look& now) {
  const bool changed = now.news != news;
  status_line = now.body;
  news = now.news;
  std::set<std::string> dates;
  if (looked)
    for (const auto& [date, version] : now.days)
      if (const auto before = days.find(date); before == days.end() || before->second != version)
        dates.insert(date);
  looked = true;
  days = now.days;
  for (const auto& reader : readers) {
    if (changed) reader->wants_status = true;
    reader->days.insert(dates.begin(), dates.end());
    if (reader->wants_status || !reader->days.empty()) reader->news.cancel();
  }
}

asio::awaitable<void> Live::State::watch(std::shared_ptr<State> self) {
  while (!self->closed && !self->readers.empty()) {
    std::function<Result<Look>(Desk&)> work = look;
    const Result<Look> now = co_await self->desks.ask<Result<Look>>(std::move(work));
    if (self->closed) break;
    if (now) self->tell(*now);
    self->pause.expires_after(self->times.period);
    (void)co_await self->pause.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  self->watching = false;
}

Live::Live(Desks& desks, asio::any_io_executor executor, LiveTimes times)
    : state_(std::make_shared<State>(desks, executor, times)) {}

Live::~Live() {
  state_->closed = true;
  state_->pause.cancel();
  for (const auto& reader : state_->readers) reader->news.cancel();
}

std::size_t Live::readers() const { return state_->readers.size(); }

Result<net::HttpResponse> Live::subscribe() {
  if (state_->readers.size() >= readers_max)
    return fail(ErrorKind::unavailable, "{} pages are open already", readers_max);
  auto reader =
      std::make_shared<State::Reader>(state_->executor, Steady::now() + state_->times.age_max);
  state_->readers.push_back(reader);
  // What was seen last, when nobody was looking, may be long ago.
  if (!std::exchange(state_->watching, true)) {
    state_->status_line.clear();
    asio::co_spawn(state_->executor, State::watch(state_), asio::detached);
  }
  net::HttpResponse response;
  response.content_type = "text/event-stream";
  response.headers = {{"Cache-Control", "no-store"}};
  response.pieces = std::make_shared<LivePieces>(state_, std::move(reader));
  return response;
}

}  // namespace opt_data::serve
