// A TCP connection, and a listener for the simulated gateway.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "net/transport.h"

namespace opt_data::net {

class TcpTransport : public Transport {
 public:
  explicit TcpTransport(asio::ip::tcp::socket socket);

  // Errors: unavailable, with address, cause and what to do.
  static asio::awaitable<Result<std::unique_ptr<TcpTransport>>> connect(
      std::string host, std::uint16_t port, std::chrono::milliseconds timeout);

  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) override;
  asio::awaitable<Result<void>> write_all(std::span<const std::byte> bytes) override;
  void close() override;

 private:
  asio::ip::tcp::socket socket_;
};

class TcpListener {
 public:
  // Port 0 takes any free one. Errors: unavailable.
  static Result<std::unique_ptr<TcpListener>> bind(
      asio::any_io_executor executor, std::string host, std::uint16_t port);

  asio::awaitable<Result<std::unique_ptr<TcpTransport>>> accept();
  std::uint16_t port() const;
  void close();

 private:
  explicit TcpListener(asio::ip::tcp::acceptor acceptor) : acceptor_(std::move(acceptor)) {}
  asio::ip::tcp::acceptor acceptor_;
};

}  // namespace opt_data::net
