#include "net/witnessed_transport.h"

#include <utility>

namespace opt_data::net {

struct WitnessedTransport::Ear {
  std::unique_ptr<Witness> witness;
  bool open = true;

  void closed_there() {
    if (std::exchange(open, false)) witness->closed_there();
  }
};

WitnessedTransport::WitnessedTransport(
    std::unique_ptr<Transport> transport, std::unique_ptr<Witness> witness)
    : transport_(std::move(transport)), ear_(std::make_shared<Ear>()) {
  ear_->witness = std::move(witness);
}

asio::awaitable<Result<std::size_t>> WitnessedTransport::read_some(std::span<std::byte> into) {
  const auto ear = ear_;
  auto size = co_await transport_->read_some(into);
  if (size && *size > 0) {
    ear->witness->received(into.first(*size));
  } else if (size || size.error().kind != ErrorKind::cancelled) {
    ear->closed_there();
  }
  co_return size;
}

asio::awaitable<Result<void>> WitnessedTransport::write_all(std::span<const std::byte> bytes) {
  const auto ear = ear_;
  ear->witness->sent(bytes);
  auto done = co_await transport_->write_all(bytes);
  if (!done && done.error().kind != ErrorKind::cancelled) ear->closed_there();
  co_return done;
}

void WitnessedTransport::close() {
  if (std::exchange(ear_->open, false)) ear_->witness->closed_here();
  transport_->close();
}

}  // namespace opt_data::net
