#include "store/ledger_lock.h"
#include "base/text.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace opt_data::store {
namespace {

using nlohmann::json;

std::string host() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

std::string holder_of(int descriptor) {
  std::array<char, 1024> bytes{};
  const ssize_t size = ::pread(descriptor, bytes.data(), bytes.size(), 0);
  const json content = json::parse(
      bytes.data(), bytes.data() + (size > 0 ? size : 0), nullptr, /*allow_exceptions=*/false);
  // Between taking the lock and writing its name a process is anonymous for an instant.
  if (!content.is_object() || !content.contains("pid") || !content["pid"].is_number_integer() ||
      !content.contains("host") || !content["host"].is_string() || !content.contains("since") ||
      !content["since"].is_string())
    return "another process (it has not written its name)";
  return fmt::format(
      "process {} on {} since {}", content["pid"].get<std::int64_t>(),
      content["host"].get_ref<const std::string&>(),
      content["since"].get_ref<const std::string&>());
}

bool write_content(int descriptor, const std::string& content) {
  const auto size = static_cast<ssize_t>(content.size());
  return ::ftruncate(descriptor, 0) == 0 &&
         ::pwrite(descriptor, content.data(), content.size(), 0) == size;
}

}  // namespace

Result<LedgerLock> LedgerLock::take(const std::filesystem::path& ledger, Instant now) {
  const std::string path = ledger.string() + ".lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0)
    return fail(ErrorKind::storage, "cannot open the lock {}: {}", path, reason_of(errno));
  LedgerLock lock(descriptor);

  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK)
      return fail(ErrorKind::storage, "cannot lock {}: {}", path, reason_of(errno));
    return fail(
        ErrorKind::unavailable,
        "ledger {} is being written by {}; one process writes at a time: wait until it ends, or "
        "stop it",
        ledger.string(), holder_of(descriptor));
  }
  const json content = {{"pid", ::getpid()}, {"host", host()}, {"since", iso_utc(now)}};
  if (!write_content(
          descriptor, content.dump(-1, ' ', true, json::error_handler_t::replace) + "\n"))
    return fail(ErrorKind::storage, "cannot write the lock {}: {}", path, reason_of(errno));
  return lock;
}

// The file stays: whoever removed it could remove the one a third process has just locked.
LedgerLock::~LedgerLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

LedgerLock::LedgerLock(LedgerLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

}  // namespace opt_data::store
