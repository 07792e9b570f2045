// The web page and its API: answers from what is on disk and in the ledger, beside a live collector
// that never waits for it. Nothing below it can write, start a job or leave the dataset.
//
//   OPT_TRY(auto server, Server::make(io.get_executor(), options, sources));
//   server->start();
//
// docs/serve.md tells it in words, openapi.json for programs.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "net/http.h"
#include "observe/metrics.h"
#include "serve/answers.h"
#include "serve/cache.h"
#include "serve/guard.h"
#include "serve/live.h"
#include "serve/tables.h"

namespace opt_data::serve {

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any that is free.
  GuardOptions guard;
  TableLimits tables;
  int connections_max = 512;
  int desks = 2;
};

class Server {
 public:
  // `sources` outlives it. Errors: invalid_input for a host beyond loopback without a token;
  // unavailable when the port is taken.
  static Result<std::unique_ptr<Server>> make(
      asio::any_io_executor executor, ServerOptions options, const Sources& sources);
  ~Server();

  void start();
  std::uint16_t port() const { return http_->port(); }

 private:
  Server(asio::any_io_executor executor, ServerOptions options, const Sources& sources);

  using Response = net::HttpResponse;
  asio::awaitable<Response> answer(net::HttpRequest request);
  asio::awaitable<Response> route(const net::HttpRequest& request);
  asio::awaitable<Response> api(const net::HttpRequest& request, const Target& target);
  asio::awaitable<Response> of_day(
      const net::HttpRequest& request, const Target& target, std::string date, std::string what);
  asio::awaitable<Response> table(const Target& target, std::string name);
  asio::awaitable<Response> query(const net::HttpRequest& request);
  asio::awaitable<Response> metrics();
  asio::awaitable<Response> health();
  Response page(const Target& target, const net::HttpRequest& request) const;
  asio::awaitable<Response> cached(
      const net::HttpRequest& request, AnswerCache::Version version, AnswerCache::Make make);
  Result<store::TradeDates> days_of(const std::string* from, const std::string* to) const;

  const Sources& sources_;
  const ServerOptions options_;
  Desks desks_;
  AnswerCache cache_;
  Guard guard_;
  Live live_;
  std::unique_ptr<Tables> tables_;
  observe::Metrics metrics_;
  std::unique_ptr<net::HttpServer> http_;
};

}  // namespace opt_data::serve
