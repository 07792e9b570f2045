#include "sim/faulty_transport.h"

#include <algorithm>
#include <utility>

namespace opt_data::sim {
namespace {

bool inside(const std::vector<Window>& windows, Instant at) {
  return std::ranges::any_of(windows, [&](const Window& window) { return window.contains(at); });
}

}  // namespace

FaultyTransport::FaultyTransport(
    std::unique_ptr<net::Transport> transport, const LinkFaults& faults, CutsDone done,
    Clock& clock)
    : transport_(std::move(transport)),
      faults_(faults),
      done_(std::move(done)),
      clock_(clock),
      sent_(faults.cuts.size()) {
  done_->resize(std::max(done_->size(), faults.cuts.size()));
}

std::optional<FaultyTransport::Ahead> FaultyTransport::next_cut() const {
  std::optional<Ahead> ahead;
  for (std::size_t i = 0; i < faults_.cuts.size(); ++i) {
    const LinkCut& cut = faults_.cuts[i];
    if ((*done_)[i] || clock_.now() < cut.from) continue;
    const std::uint64_t left = cut.bytes - std::min(cut.bytes, sent_[i]);
    if (!ahead || left < ahead->bytes) ahead = Ahead{left, i};
  }
  return ahead;
}

asio::awaitable<Result<void>> FaultyTransport::pass(std::span<const std::byte> bytes) {
  if (inside(faults_.bursty, clock_.now())) {
    const std::int64_t burst = std::chrono::microseconds(faults_.burst).count();
    const std::int64_t now = micros(clock_.now());
    OPT_CO_TRY_VOID(co_await clock_.wait_until(from_micros((now / burst + 1) * burst)));
  }
  if (inside(faults_.slow, clock_.now())) {
    const auto took = std::chrono::microseconds{
        bytes.size() * 1'000'000U / std::max<std::uint64_t>(faults_.slow_bytes_per_second, 1)};
    OPT_CO_TRY_VOID(co_await clock_.wait_for(took));
  }
  co_return co_await transport_->write_all(bytes);
}

asio::awaitable<Result<void>> FaultyTransport::write_all(std::span<const std::byte> bytes) {
  if (silent_) co_return Result<void>();
  const auto ahead = next_cut();
  if (!ahead || ahead->bytes >= bytes.size()) {
    for (std::size_t i = 0; i < sent_.size(); ++i)
      if (clock_.now() >= faults_.cuts[i].from) sent_[i] += bytes.size();
    co_return co_await pass(bytes);
  }
  (*done_)[ahead->cut] = clock_.now();
  OPT_CO_TRY_VOID(co_await pass(bytes.first(ahead->bytes)));
  if (faults_.cuts[ahead->cut].half_open) {
    silent_ = true;
    co_return Result<void>();
  }
  transport_->close();
  co_return fail(ErrorKind::unavailable, "the connection was reset");
}

asio::awaitable<Result<std::size_t>> FaultyTransport::read_some(std::span<std::byte> into) {
  for (;;) {
    auto size = co_await transport_->read_some(into);
    // What a dead line swallows never arrives; its end does.
    if (!size || *size == 0 || !silent_) co_return size;
  }
}

}  // namespace opt_data::sim
