// Two ends of a connection inside one process: what one end writes, the other reads, in order and
// at the same instant of the virtual clock.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/signal.h"
#include "net/transport.h"

namespace opt_data::net {

class MemoryPipe : public Transport {
 public:
  static std::pair<std::unique_ptr<MemoryPipe>, std::unique_ptr<MemoryPipe>> make();
  ~MemoryPipe() override;

  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) override;
  asio::awaitable<Result<void>> write_all(std::span<const std::byte> bytes) override;
  void close() override;

 private:
  struct Direction {
    std::vector<std::byte> bytes;
    std::size_t read = 0;
    bool closed = false;
    Signal changed;
  };
  MemoryPipe(std::shared_ptr<Direction> in, std::shared_ptr<Direction> out)
      : in_(std::move(in)), out_(std::move(out)) {}

  std::shared_ptr<Direction> in_;
  std::shared_ptr<Direction> out_;
};

}  // namespace opt_data::net
