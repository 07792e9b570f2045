#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cctype>

#include "net/http.h"

namespace opt_data::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

constexpr auto awaitable_tuple = asio::as_tuple(asio::use_awaitable);
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

http::response<http::string_body> response_of(
    const HttpResponse& from, const http::request<http::string_body>& to) {
  http::response<http::string_body> response(static_cast<http::status>(from.status), to.version());
  response.set(http::field::server, "opt-data");
  response.set(http::field::content_type, from.content_type);
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : from.headers) response.set(name, value);
  response.keep_alive(to.keep_alive());
  response.body() = from.body;
  response.prepare_payload();
  // HEAD gets the same head, and no body.
  if (to.method() == http::verb::head) response.body().clear();
  return response;
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [each, value] : headers)
    if (each == name) return value;
  return {};
}

struct HttpServer::State {
  State(tcp::acceptor from, HttpServerOptions with)
      : acceptor(std::move(from)), options(with), pause(acceptor.get_executor()) {}

  // A coroutine begins after whoever made it has gone on, and may find the server gone.
  static asio::awaitable<void> accept(std::shared_ptr<State> self);
  static asio::awaitable<void> talk(std::shared_ptr<State> self, tcp::socket socket);

  tcp::acceptor acceptor;
  HttpServerOptions options;
  Handler handler;
  asio::steady_timer pause;
  int connections = 0;
  bool closed = false;
};

asio::awaitable<void> HttpServer::State::talk(std::shared_ptr<State> self, tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer(head_max + self->options.body_max);
  while (!self->closed) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(head_max);
    parser.body_limit(self->options.body_max);
    stream.expires_after(self->options.patience);
    const auto [read_error, read] =
        co_await http::async_read(stream, buffer, parser, awaitable_tuple);
    if (read_error || self->closed || !self->handler) break;
    const auto& request = parser.get();
    const auto response = response_of(self->handler(request_of(request)), request);
    stream.expires_after(self->options.patience);
    const auto [write_error, written] =
        co_await http::async_write(stream, response, awaitable_tuple);
    if (write_error || !response.keep_alive()) break;
  }
  boost::system::error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  --self->connections;
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
    if (self->connections >= self->options.connections_max) continue;  // Closed with the socket.
    ++self->connections;
    asio::co_spawn(self->acceptor.get_executor(), talk(self, std::move(socket)), asio::detached);
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
  state_->handler = std::move(handler);
  asio::co_spawn(state_->acceptor.get_executor(), State::accept(state_), asio::detached);
}

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
