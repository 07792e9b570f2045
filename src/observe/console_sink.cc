#include "observe/console_sink.h"

#include <fmt/format.h>

#include <exception>
#include <vector>

#include "base/text.h"

namespace opt_data::observe {
namespace {

// What came from the wire must neither break the line nor talk to the terminal.
std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return text;
}

std::string line_of(const Event& event) {
  std::vector<std::string> where;
  if (!event.symbol.empty()) where.push_back(event.symbol);
  if (!event.slot.empty()) where.push_back("slot " + event.slot);
  if (event.conid) where.push_back(fmt::format("conid {}", *event.conid));
  if (event.broker_code) where.push_back(fmt::format("code {}", *event.broker_code));
  if (!event.file.empty()) where.push_back(event.file);
  std::string line = fmt::format("{}: {}: {}", to_text(event.level), event.code, event.message);
  if (!where.empty()) line += fmt::format(" ({})", join(where, ", "));
  return one_line(std::move(line));
}

}  // namespace

void ConsoleSink::on(const Event& event) {
  if (event.level < Level::warning) return;
  try {
    const std::lock_guard lock(mutex_);
    if (++seen_[{event.level, event.code}] > shown_max) return;
    out_ << line_of(run_.redacted(event)) << '\n';
    out_.flush();
  } catch (const std::exception&) {
    // A terminal that has gone away is no reason to stop.
  }
}

void ConsoleSink::flush() {
  try {
    const std::lock_guard lock(mutex_);
    for (const auto& [what, count] : seen_) {
      Event more{what.first, what.second, "", "", "", "", {}, {}, ""};
      more = run_.redacted(std::move(more));
      if (count > shown_max)
        out_ << fmt::format(
            "{}: … {} more {}\n", to_text(more.level), count - shown_max, one_line(more.code));
    }
    seen_.clear();
    out_.flush();
  } catch (const std::exception&) {
    // As above.
  }
}

}  // namespace opt_data::observe
