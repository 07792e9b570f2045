// A connection that somebody listens to: what passes reaches the witness in the order in which this
// side sees it, and reaches the other end as if nobody listened.
#pragma once

#include <memory>

#include "net/transport.h"

namespace opt_data::net {

class Witness {
 public:
  virtual ~Witness() = default;
  // Like a sink of events, a witness never fails whom it listens to.
  virtual void sent(std::span<const std::byte> bytes) = 0;  // Before they go out.
  virtual void received(std::span<const std::byte> bytes) = 0;
  virtual void closed_here() = 0;   // At most one of the two is told, once.
  virtual void closed_there() = 0;  // By the other end, or by the network.
};

class WitnessedTransport : public Transport {
 public:
  WitnessedTransport(std::unique_ptr<Transport> transport, std::unique_ptr<Witness> witness);

  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) override;
  asio::awaitable<Result<void>> write_all(std::span<const std::byte> bytes) override;
  void close() override;

 private:
  struct Ear;
  std::unique_ptr<Transport> transport_;
  std::shared_ptr<Ear> ear_;  // The transport may be destroyed while its reader waits.
};

}  // namespace opt_data::net
