#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <string>

#include "net/memory_pipe.h"
#include "net/tcp_transport.h"

namespace opt_data::net {
namespace {

std::span<const std::byte> bytes(const std::string& text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

// Everything the other side wrote until it closed.
asio::awaitable<std::string> read_all(Transport& from) {
  std::string all;
  std::array<std::byte, 7> room;  // Small, so that one write takes several reads.
  for (;;) {
    const auto size = co_await from.read_some(room);
    if (!size || *size == 0) co_return all;
    all.append(reinterpret_cast<const char*>(room.data()), *size);
  }
}

// Both transports behave alike, so both pass the same test.
void write_then_read(asio::io_context& io, Transport& near, Transport& far) {
  const std::string sent = "a message that is longer than the room for one read";
  std::string received;
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        EXPECT_TRUE(co_await near.write_all(bytes(sent)));
        near.close();
      },
      asio::detached);
  asio::co_spawn(
      io, [&]() -> asio::awaitable<void> { received = co_await read_all(far); }, asio::detached);
  io.run();
  EXPECT_EQ(received, sent);
}

TEST(MemoryPipe, carries_bytes_in_order_until_it_is_closed) {
  asio::io_context io;
  auto [near, far] = MemoryPipe::make();
  write_then_read(io, *near, *far);
}

TEST(MemoryPipe, writing_to_a_closed_end_is_unavailable) {
  asio::io_context io;
  auto [near, far] = MemoryPipe::make();
  far.reset();
  const std::string text = "x";
  asio::co_spawn(
      io,
      [&, &end = near]() -> asio::awaitable<void> {
        const auto done = co_await end->write_all(bytes(text));
        EXPECT_EQ(done.error().kind, ErrorKind::unavailable);
      },
      asio::detached);
  io.run();
}

TEST(TcpTransport, carries_bytes_over_loopback) {
  asio::io_context io;
  auto listener = TcpListener::bind(io.get_executor(), "127.0.0.1", 0).value();
  std::unique_ptr<TcpTransport> near;
  std::unique_ptr<TcpTransport> far;
  asio::co_spawn(
      io, [&]() -> asio::awaitable<void> { far = (co_await listener->accept()).value(); },
      asio::detached);
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        near =
            (co_await TcpTransport::connect("127.0.0.1", listener->port(), std::chrono::seconds{5}))
                .value();
      },
      asio::detached);
  io.run();
  io.restart();
  write_then_read(io, *near, *far);
}

TEST(TcpTransport, nobody_there_says_what_to_do) {
  asio::io_context io;
  std::uint16_t free_port = 0;
  {
    auto listener = TcpListener::bind(io.get_executor(), "127.0.0.1", 0).value();
    free_port = listener->port();
  }
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        const auto made =
            co_await TcpTransport::connect("127.0.0.1", free_port, std::chrono::seconds{5});
        EXPECT_EQ(made.error().kind, ErrorKind::unavailable);
        EXPECT_NE(made.error().message.find("start TWS or IB Gateway"), std::string::npos);
      },
      asio::detached);
  io.run();
}

}  // namespace
}  // namespace opt_data::net
