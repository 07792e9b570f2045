#include "net/memory_pipe.h"

#include <algorithm>
#include <cstring>

namespace opt_data::net {

std::pair<std::unique_ptr<MemoryPipe>, std::unique_ptr<MemoryPipe>> MemoryPipe::make() {
  auto there = std::make_shared<Direction>();
  auto back = std::make_shared<Direction>();
  std::unique_ptr<MemoryPipe> first(new MemoryPipe(back, there));
  std::unique_ptr<MemoryPipe> second(new MemoryPipe(there, back));
  return {std::move(first), std::move(second)};
}

MemoryPipe::~MemoryPipe() { close(); }

asio::awaitable<Result<std::size_t>> MemoryPipe::read_some(std::span<std::byte> into) {
  const auto in = in_;  // The pipe may be destroyed while its reader waits.
  while (in->read == in->bytes.size()) {
    if (in->closed) co_return std::size_t{0};
    OPT_CO_TRY_VOID(co_await in->changed.wait());
  }
  const std::size_t size = std::min(into.size(), in->bytes.size() - in->read);
  std::memcpy(into.data(), in->bytes.data() + in->read, size);
  in->read += size;
  if (in->read == in->bytes.size()) {
    in->bytes.clear();
    in->read = 0;
  }
  co_return size;
}

asio::awaitable<Result<void>> MemoryPipe::write_all(std::span<const std::byte> bytes) {
  if (out_->closed) co_return fail(ErrorKind::unavailable, "the other end of the pipe is closed");
  out_->bytes.insert(out_->bytes.end(), bytes.begin(), bytes.end());
  out_->changed.notify_all();
  co_return Result<void>();
}

void MemoryPipe::close() {
  for (const auto& direction : {in_, out_}) {
    direction->closed = true;
    direction->changed.notify_all();
  }
}

}  // namespace opt_data::net
