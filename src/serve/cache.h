// Answers that are asked for again and again, made once for as long as what they tell is what it
// was. One question is worked on once, however many ask it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "net/http.h"
#include "serve/desk.h"

namespace opt_data::serve {

class AnswerCache {
 public:
  static constexpr std::chrono::milliseconds fresh_for{250};  // Not even looked at again.
  static constexpr std::chrono::seconds usable_for{2};  // While somebody else is looking again.
  static constexpr std::size_t entries_max = 256;

  using Version = std::function<Result<std::string>(Desk&)>;
  using Make = std::function<Result<nlohmann::ordered_json>(Desk&)>;

  using Time = std::chrono::steady_clock::time_point;

  AnswerCache(Desks& desks, std::function<Time()> now) : desks_(desks), now_(std::move(now)) {}

  // `version` tells whether the answer might be another one now. With an ETag; 304 for whoever has
  // it already (`known`: the request's If-None-Match).
  asio::awaitable<net::HttpResponse> get(
      std::string question, std::string_view known, Version version, Make make);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string version, tag;
    std::shared_ptr<const std::string> body;
    Time looked{};
    bool looking = false;
    Signal looked_at;
  };
  static net::HttpResponse response(const Entry& entry, std::string_view known);
  std::shared_ptr<Entry> entry_of(const std::string& question);

  Desks& desks_;
  std::function<Time()> now_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;
};

}  // namespace opt_data::serve
