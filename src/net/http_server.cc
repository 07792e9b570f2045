#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cctype>
#include <list>
#include <tuple>

#include "net/awaitable_tuple.h"
#include "net/http.h"

namespace opt_data::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

constexpr std::size_t head_max = 16 * 1024;

HttpRequest request_of(const http::request<http::string_body>& from) {
  HttpRequest request;
  request.method = std::string(from.method_string());
  request.target = std::string(from.target());
  request.body = from.body();
  for (const auto& field : from) {
    std::string name(field.name_string());
    std::ranges::transform(
        name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    request.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  return request;
}

using Head = http::response<http::span_body<const char>>;

// Shares the bytes of `from`, which outlives it.
Head head_of(const HttpResponse& from, const http::request<http::string_body>& to) {
  Head head(static_cast<http::status>(from.status), to.version());
  head.set(http::field::server, "opt-data");
  head.set(http::field::content_type, from.content_type);
  head.set(http::field::cache_control, "no-store");
  head.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : from.headers) head.set(name, value);
  head.keep_alive(to.keep_alive());
  return head;
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [each, value] : headers)
    if (each == name) return value;
  return {};
}

struct HttpServer::State {
  using Time = std::chrono::steady_clock::time_point;

  struct Connection {
    Connection(tcp::socket from, HttpServerOptions with)
        : stream(std::move(from)), buffer(head_max + with.body_max) {}
    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    std::string peer;
    Time since = std::chrono::steady_clock::now();
    Time waiting_since = since;
    bool waiting = true;  // For a request to be whole.
  };

  State(tcp::acceptor from, HttpServerOptions with)
      : acceptor(std::move(from)), options(with), pause(acceptor.get_executor()) {}

  // A coroutine begins after whoever made it has gone on, and may find the server gone.
  static asio::awaitable<void> accept(std::shared_ptr<State> self);
  static asio::awaitable<void> talk(std::shared_ptr<State> self, std::shared_ptr<Connection> with);
  static asio::awaitable<bool> exchange(State& self, Connection& with);
  static asio::awaitable<bool> send_pieces(
      Connection& with, Head head, std::shared_ptr<HttpPieces> pieces,
      std::chrono::seconds patience);
  bool make_room();

  tcp::acceptor acceptor;
  HttpServerOptions options;
  AsyncHandler handler;
  asio::steady_timer pause;
  std::list<std::shared_ptr<Connection>> connections;
  bool closed = false;
};

// Each piece has the peer's whole patience; the head goes out before the first one is made.
asio::awaitable<bool> HttpServer::State::send_pieces(
    Connection& with, Head head, std::shared_ptr<HttpPieces> pieces,
    std::chrono::seconds patience) {
  const bool chunked = head.version() >= 11;
  head.chunked(chunked);
  if (!chunked) head.keep_alive(false);
  http::response_serializer<http::span_body<const char>> serializer(head);
  with.stream.expires_after(patience);
  auto [error, written] =
      co_await http::async_write_header(with.stream, serializer, awaitable_tuple);
  while (!error) {
    const Result<std::optional<std::string>> piece = co_await pieces->next();
    if (!piece) co_return false;
    with.stream.expires_after(patience);
    if (!piece->has_value()) {
      if (!chunked) co_return false;
      std::tie(error, written) =
          co_await asio::async_write(with.stream, http::make_chunk_last(), awaitable_tuple);
      co_return !error;
    }
    const asio::const_buffer bytes = asio::buffer(**piece);
    if (bytes.size() == 0) continue;
    if (chunked)
      std::tie(error, written) =
          co_await asio::async_write(with.stream, http::make_chunk(bytes), awaitable_tuple);
    else
      std::tie(error, written) = co_await asio::async_write(with.stream, bytes, awaitable_tuple);
  }
  co_return false;
}

// One request and its answer; false: nothing more is said.
asio::awaitable<bool> HttpServer::State::exchange(State& self, Connection& with) {
  http::request_parser<http::string_body> parser;
  parser.header_limit(head_max);
  parser.body_limit(self.options.body_max);
  with.waiting = true;
  with.waiting_since = std::chrono::steady_clock::now();
  with.stream.expires_after(self.options.patience);
  const auto [read_error, read] =
      co_await http::async_read(with.stream, with.buffer, parser, awaitable_tuple);
  with.waiting = false;
  if (read_error || self.closed || !self.handler) co_return false;
  const auto& request = parser.get();
  HttpRequest asked = request_of(request);
  asked.peer = with.peer;
  const AsyncHandler handler = self.handler;  // close() takes the server's away.
  const HttpResponse answer = co_await handler(std::move(asked));
  if (self.closed) co_return false;
  Head head = head_of(answer, request);
  if (with.waiting_since - with.since > self.options.age_max) head.keep_alive(false);
  const bool goes_on = head.keep_alive();
  const bool only_head = request.method() == http::verb::head;
  if (answer.pieces && !only_head) {
    const bool sent =
        co_await send_pieces(with, std::move(head), answer.pieces, self.options.patience);
    co_return sent&& goes_on;
  }
  const std::string& body = answer.shared_body ? *answer.shared_body : answer.body;
  head.content_length(body.size());
  if (!only_head) head.body() = beast::span<const char>(body.data(), body.size());
  with.stream.expires_after(self.options.patience);
  const auto [write_error, written] =
      co_await http::async_write(with.stream, head, awaitable_tuple);
  co_return !write_error && goes_on;
}

asio::awaitable<void> HttpServer::State::talk(
    std::shared_ptr<State> self, std::shared_ptr<Connection> with) {
  bool goes_on = !self->closed;
  while (goes_on) {
    goes_on = co_await exchange(*self, *with);
    goes_on = goes_on && !self->closed;
  }
  boost::system::error_code ignored;
  with->stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  self->connections.remove(with);
}

bool HttpServer::State::make_room() {
  if (std::ssize(connections) < options.connections_max) return true;
  std::shared_ptr<Connection> longest;
  for (const auto& each : connections)
    if (each->waiting && (!longest || each->waiting_since < longest->waiting_since)) longest = each;
  if (!longest) return false;
  boost::system::error_code ignored;
  longest->stream.socket().close(ignored);
  connections.remove(longest);
  return true;
}

asio::awaitable<void> HttpServer::State::accept(std::shared_ptr<State> self) {
  while (!self->closed) {
    auto [error, socket] = co_await self->acceptor.async_accept(awaitable_tuple);
    if (self->closed || error == asio::error::operation_aborted) co_return;
    if (error) {
      // Out of descriptors, for example: another attempt at once would only burn the processor.
      self->pause.expires_after(std::chrono::milliseconds{200});
      (void)co_await self->pause.async_wait(awaitable_tuple);
      continue;
    }
    if (!self->make_room()) continue;  // Closed with the socket.
    boost::system::error_code ignored;
    const auto peer = socket.remote_endpoint(ignored);
    socket.set_option(tcp::no_delay(true), ignored);
    auto with = std::make_shared<Connection>(std::move(socket), self->options);
    with->peer = peer.address().to_string(ignored);
    self->connections.push_back(with);
    asio::co_spawn(self->acceptor.get_executor(), talk(self, with), asio::detached);
  }
}

Result<std::unique_ptr<HttpServer>> HttpServer::bind(
    asio::any_io_executor executor, const std::string& host, std::uint16_t port,
    HttpServerOptions options) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error)
    return fail(
        ErrorKind::invalid_input, "'{}' is not an address to listen on; write 127.0.0.1", host);
  tcp::acceptor acceptor(executor);
  const tcp::endpoint endpoint(address, port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::ip::tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return fail(
        ErrorKind::unavailable, "cannot listen on {}:{} ({}); choose another port", host, port,
        error.message());
  return std::unique_ptr<HttpServer>(
      new HttpServer(std::make_shared<State>(std::move(acceptor), options)));
}

HttpServer::HttpServer(std::shared_ptr<State> state) : state_(std::move(state)) {}
HttpServer::~HttpServer() { close(); }

void HttpServer::start(Handler handler) {
  if (!handler) return start(AsyncHandler{});
  start(AsyncHandler(
      [answer = std::move(handler)](HttpRequest request) -> asio::awaitable<HttpResponse> {
        co_return answer(request);
      }));
}

void HttpServer::start(AsyncHandler handler) {
  state_->handler = std::move(handler);
  asio::co_spawn(state_->acceptor.get_executor(), State::accept(state_), asio::detached);
}

int HttpServer::connections() const { return static_cast<int>(std::ssize(state_->connections)); }

std::uint16_t HttpServer::port() const {
  boost::system::error_code ignored;
  return state_->acceptor.local_endpoint(ignored).port();
}

void HttpServer::close() {
  state_->closed = true;
  state_->handler = nullptr;
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  state_->pause.cancel();
}

}  // namespace opt_data::net
