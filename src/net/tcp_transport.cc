#include "net/tcp_transport.h"
#include "net/awaitable_tuple.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace opt_data::net {
namespace {

ErrorKind kind_of(const boost::system::error_code& error) {
  return error == asio::error::operation_aborted ? ErrorKind::cancelled : ErrorKind::unavailable;
}

}  // namespace

TcpTransport::TcpTransport(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

asio::awaitable<Result<std::unique_ptr<TcpTransport>>> TcpTransport::connect(
    std::string host, std::uint16_t port, std::chrono::milliseconds timeout) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT: how Asio spells the race
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::resolver resolver(executor);
  const auto [resolve_error, addresses] =
      co_await resolver.async_resolve(host, std::to_string(port), awaitable_tuple);
  if (resolve_error)
    co_return fail(
        ErrorKind::unavailable, "cannot find the gateway's host '{}' ({}); set gateway.host", host,
        resolve_error.message());
  asio::ip::tcp::socket socket(executor);
  asio::steady_timer timer(executor, timeout);
  const auto first = co_await (
      asio::async_connect(socket, addresses, awaitable_tuple) || timer.async_wait(awaitable_tuple));
  if (first.index() == 1)
    co_return fail(
        ErrorKind::unavailable,
        "gateway {}:{} did not answer within {} ms; is the address right, and no firewall between?",
        host, port, timeout.count());
  if (const auto error = std::get<0>(std::get<0>(first)))
    co_return fail(
        ErrorKind::unavailable,
        "no gateway at {}:{} ({}); start TWS or IB Gateway and enable its API socket, or set "
        "gateway.port (7496/7497 TWS live/paper, 4001/4002 Gateway live/paper)",
        host, port, error.message());
  co_return std::make_unique<TcpTransport>(std::move(socket));
}

asio::awaitable<Result<std::size_t>> TcpTransport::read_some(std::span<std::byte> into) {
  const auto [error, size] =
      co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), awaitable_tuple);
  if (error == asio::error::eof) co_return std::size_t{0};
  if (error) co_return fail(kind_of(error), "reading from the socket failed ({})", error.message());
  co_return size;
}

asio::awaitable<Result<void>> TcpTransport::write_all(std::span<const std::byte> bytes) {
  const auto [error, size] = co_await asio::async_write(
      socket_, asio::buffer(bytes.data(), bytes.size()), awaitable_tuple);
  if (error) co_return fail(kind_of(error), "writing to the socket failed ({})", error.message());
  co_return Result<void>();
}

void TcpTransport::close() {
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

Result<std::unique_ptr<TcpListener>> TcpListener::bind(
    asio::any_io_executor executor, std::string host, std::uint16_t port) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error)
    return fail(
        ErrorKind::invalid_input, "'{}' is not an address to listen on; write 127.0.0.1", host);
  asio::ip::tcp::acceptor acceptor(executor);
  const asio::ip::tcp::endpoint endpoint(address, port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::ip::tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return fail(
        ErrorKind::unavailable, "cannot listen on {}:{} ({}); choose another --port", host, port,
        error.message());
  return std::unique_ptr<TcpListener>(new TcpListener(std::move(acceptor)));
}

asio::awaitable<Result<std::unique_ptr<TcpTransport>>> TcpListener::accept() {
  auto [error, socket] = co_await acceptor_.async_accept(awaitable_tuple);
  if (error) co_return fail(kind_of(error), "accepting a connection failed ({})", error.message());
  co_return std::make_unique<TcpTransport>(std::move(socket));
}

std::uint16_t TcpListener::port() const { return acceptor_.local_endpoint().port(); }

void TcpListener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace opt_data::net
