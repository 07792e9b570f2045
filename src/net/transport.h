// Bytes in order: over TCP, or through a pipe in memory.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <span>

#include "base/result.h"

namespace opt_data::net {

namespace asio = boost::asio;

class Transport {
 public:
  virtual ~Transport() = default;
  // At least one byte; zero means that the other side closed. Errors: unavailable, cancelled.
  virtual asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) = 0;
  // All of `bytes`, which the caller keeps alive until then. Errors: unavailable, cancelled.
  virtual asio::awaitable<Result<void>> write_all(std::span<const std::byte> bytes) = 0;
  // Both directions end; whoever waits is released. May be called twice.
  virtual void close() = 0;
};

}  // namespace opt_data::net
