#include "observe/run.h"

#include <algorithm>
#include <utility>

namespace opt_data::observe {
namespace {

// Not <cctype>, whose answers depend on the locale.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_word(char c) { return is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z'); }

// How many characters of `text` are an account number that begins it; 0 when it begins with none.
std::size_t account_size(std::string_view text) {
  constexpr std::size_t size_min = 7;
  const auto at = [&](std::size_t i) { return i < text.size() ? text[i] : '\0'; };
  std::size_t size = 0;
  if (at(size) == 'D' || at(size) == 'd') ++size;
  // No small f: hexadecimal ids are full of them.
  if (at(size) != 'U' && at(size) != 'u' && at(size) != 'F') return 0;
  ++size;
  if (is_upper(at(size))) ++size;
  const std::size_t letters = size;
  while (is_digit(at(size))) ++size;
  return size > letters && size >= size_min && !is_word(at(size)) ? size : 0;
}

}  // namespace

std::string redact_accounts(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const bool starts = i == 0 || !is_word(text[i - 1]);
    if (const std::size_t size = starts ? account_size(text.substr(i)) : 0; size > 0) {
      out += "[account]";
      i += size;
    } else {
      out += text[i++];
    }
  }
  return out;
}

void Run::set(RunContext context) {
  const std::lock_guard lock(mutex_);
  context_ = std::move(context);
}

RunContext Run::get() const {
  const std::lock_guard lock(mutex_);
  return {clean(context_.trade_date), clean(context_.job), clean(context_.ingest_id)};
}

void Run::hide(std::string secret) {
  if (secret.empty()) return;
  const std::lock_guard lock(mutex_);
  secrets_.push_back(std::move(secret));
  // The longest first: a secret may be a part of another one.
  std::sort(secrets_.begin(), secrets_.end(), [](const std::string& a, const std::string& b) {
    return a.size() > b.size();
  });
}

std::string Run::clean(std::string_view text) const {
  std::string out(text);
  constexpr std::string_view mask = "[hidden]";
  for (const std::string& secret : secrets_)
    for (std::size_t at = 0; (at = out.find(secret, at)) != std::string::npos; at += mask.size())
      out.replace(at, secret.size(), mask);
  return redact_accounts(out);
}

Event Run::redacted(Event event) const {
  const std::lock_guard lock(mutex_);
  for (std::string* text :
       {&event.code, &event.component, &event.message, &event.symbol, &event.slot, &event.file})
    *text = clean(*text);
  return event;
}

}  // namespace opt_data::observe
