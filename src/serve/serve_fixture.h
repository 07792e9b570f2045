// What the tests of the server have in common: a machine on which something was collected or
// nothing was, and somebody who asks.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <optional>
#include <string>

#include "base/signal.h"
#include "net/http.h"
#include "serve/sources.h"
#include "store/ledger.h"
#include "store/ledger_fixture.h"

namespace opt_data::serve {

class Machine {
 public:
  Machine() {
    for (const auto* path :
         {&sources.paths.raw, &sources.paths.clean, &sources.state, &sources.run_logs})
      std::filesystem::create_directories(*path);
  }

  std::unique_ptr<store::Ledger> ledger() const {
    return store::Ledger::open(sources.ledger()).value();
  }

  TradeDate date = store::trade_date(2025, 10, 6);
  store::TemporaryFolder folder;
  Sources sources{
      .paths = {folder / "raw", folder / "clean"},
      .state = folder / "state",
      .run_logs = folder / "run_logs",
      .event_log = folder / "run_logs/opt-data.jsonl",
      .calendar = {},
      .times = {},
      .source = [] { return DataSource::ibkr; },
      .version = "1",
      .now = [this] { return new_york(date.day(), std::chrono::hours{11}); },
      .secret = [] { return std::string(32, 'a'); }};
};

// The value of `work`, or what it threw.
template <typename T>
T wait(asio::io_context& io, asio::awaitable<T> work) {
  std::optional<T> result;
  std::exception_ptr thrown;
  asio::co_spawn(io, std::move(work), [&](std::exception_ptr error, T value) {
    thrown = error;
    if (!error) result = std::move(value);
    io.stop();
  });
  io.restart();
  io.run();
  if (thrown) std::rethrow_exception(thrown);
  return *std::move(result);
}

inline net::HttpRequest request(
    std::string method, std::string target,
    std::vector<std::pair<std::string, std::string>> headers = {}) {
  headers.emplace_back("host", "127.0.0.1:8390");
  return {std::move(method), std::move(target), "", std::move(headers), "127.0.0.1"};
}

inline std::string header_of(const net::HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

// All that a server says to one request, headers and body, until it hangs up. Not in chunks: those
// are of a later version.
inline asio::awaitable<std::string> ask(std::uint16_t port, std::string head, std::string body) {
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::socket socket(executor);
  const asio::ip::tcp::endpoint server(asio::ip::address_v4::loopback(), port);
  (void)co_await socket.async_connect(server, asio::use_awaitable);
  const std::string text = head +
                           " HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                           "Content-Type: application/json\r\nContent-Length: " +
                           std::to_string(body.size()) + "\r\n\r\n" + body;
  (void)co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
  std::string answer;
  const auto [error, count] = co_await asio::async_read(
      socket, asio::dynamic_buffer(answer), asio::as_tuple(asio::use_awaitable));
  answer.resize(count);
  co_return error == asio::error::eof ? answer : "cut off: " + error.message();
}

}  // namespace opt_data::serve
