#include "serve/cache.h"

#include <algorithm>

#include "base/text.h"
#include "serve/answers.h"

namespace opt_data::serve {
namespace {

struct Made {
  std::string version;
  std::shared_ptr<const std::string> body;  // Empty: what is known still holds.
  std::string tag;
};

}  // namespace

net::HttpResponse AnswerCache::response(const Entry& entry, std::string_view known) {
  net::HttpResponse response;
  response.content_type = "application/json";
  response.headers = {{"ETag", entry.tag}, {"Cache-Control", "no-cache"}};
  if (known == entry.tag)
    response.status = 304;
  else
    response.shared_body = entry.body;
  return response;
}

std::shared_ptr<AnswerCache::Entry> AnswerCache::entry_of(const std::string& question) {
  auto& entry = entries_[question];
  if (entry) return entry;
  entry = std::make_shared<Entry>();
  const std::shared_ptr<Entry> made = entry;
  if (entries_.size() > entries_max) {
    const auto oldest = std::ranges::min_element(entries_, {}, [&](const auto& each) {
      const bool busy = each.second->looking || each.second == made;
      return busy ? Time::max() : each.second->looked;
    });
    if (oldest->second != made) entries_.erase(oldest);
  }
  return made;
}

asio::awaitable<net::HttpResponse> AnswerCache::get(
    std::string question, std::string_view known, Version version, Make make) {
  const std::shared_ptr<Entry> entry = entry_of(question);
  for (;;) {
    const auto age = now_() - entry->looked;
    if (entry->body && age < fresh_for) co_return response(*entry, known);
    if (!entry->looking) break;
    if (entry->body && age < usable_for) co_return response(*entry, known);
    static_cast<void>(co_await entry->looked_at.wait());
  }
  entry->looking = true;
  const std::string had = entry->body ? entry->version : std::string();
  const bool has = entry->body != nullptr;
  std::function<Result<Made>(Desk&)> work = [&](Desk& desk) -> Result<Made> {
    Made made;
    OPT_TRY(made.version, version(desk));
    if (has && made.version == had) return made;
    OPT_TRY(const nlohmann::ordered_json json, make(desk));
    auto body = std::make_shared<std::string>(to_text(json));
    made.tag = fmt::format("\"{}\"", sha256_hex(*body).substr(0, 20));
    made.body = std::move(body);
    return made;
  };
  const Result<Made> made = co_await desks_.ask<Result<Made>>(std::move(work));
  entry->looking = false;
  if (made) {
    entry->looked = now_();
    entry->version = made->version;
    if (made->body) {
      entry->body = made->body;
      entry->tag = made->tag;
    }
  }
  entry->looked_at.notify_all();
  if (!made) {
    entries_.erase(question);
    co_return problem(made.error());
  }
  co_return response(*entry, known);
}

}  // namespace opt_data::serve
