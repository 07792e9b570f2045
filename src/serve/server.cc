#include "serve/server.h"

#include <algorithm>

#include "base/text.h"
#include "observe/error_file.h"
#include "openapi.embedded.h"
#include "serve/answers.h"
#include "serve/assets.h"
#include "serve/chains.h"
#include "serve/days.h"
#include "serve/status.h"
#include "serve/storage.h"

namespace opt_data::serve {
namespace {

using nlohmann::ordered_json;
using Response = net::HttpResponse;

constexpr std::string_view api_path = "/api/v1/";
constexpr std::size_t sql_max = 32 * 1024;

Response not_allowed(std::string allowed) {
  Response response = problem(405, "invalid_input", "ask with " + allowed);
  response.headers.emplace_back("Allow", std::move(allowed));
  return response;
}

Result<int> number_of(const Target& target, const std::string& name, int standard, int max) {
  const std::string* text = target.find(name);
  if (text == nullptr) return standard;
  const auto number = parse_int(*text);
  if (!number || *number < 0 || *number > max)
    return fail(ErrorKind::invalid_input, "{} is a number from 0 to {}", name, max);
  return static_cast<int>(*number);
}

Result<observe::Level> level_of(const Target& target) {
  const std::string* text = target.find("level");
  if (text == nullptr || *text == "warning") return observe::Level::warning;
  if (*text == "info") return observe::Level::info;
  if (*text == "error") return observe::Level::error;
  return fail(ErrorKind::invalid_input, "'{}' is no level; info, warning and error are", *text);
}

// Letters, digits and what tickers have besides.
Result<std::string> symbol_of(std::string_view text) {
  const bool good =
      !text.empty() && text.size() <= 16 && std::ranges::all_of(text, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '-' || c == ' ' || c == '/' || c == '_';
      });
  if (!good) return fail(ErrorKind::invalid_input, "'{}' is no symbol", text);
  return upper(text);
}

// Of what the whole ledger, the verdicts and the notes say.
Result<std::string> ledger_version(Desk& desk) {
  const Sources& sources = desk.sources();
  std::string version;
  const auto glance = desk.glance();
  if (glance) {
    OPT_TRY(const auto number, (*glance)->version());
    version = std::to_string(number);
  }
  for (const auto& folder : {sources.run_logs / "selfcheck", sources.run_logs / "notes"}) {
    const auto stamp = desk.disk().stamp(folder);
    if (stamp) version += fmt::format(" {}", stamp->modified_ns);
  }
  return version;
}

}  // namespace

Server::Server(asio::any_io_executor executor, ServerOptions options, const Sources& sources)
    : sources_(sources),
      options_(std::move(options)),
      desks_(sources, options_.desks),
      cache_(desks_, std::chrono::steady_clock::now),
      guard_(options_.guard, sources.secret),
      live_(desks_, executor) {}

Server::~Server() {
  if (http_) http_->close();
}

Result<std::unique_ptr<Server>> Server::make(
    asio::any_io_executor executor, ServerOptions options, const Sources& sources) {
  if (!is_loopback(options.host) && options.guard.token.empty())
    return fail(
        ErrorKind::invalid_input,
        "{} can be reached from elsewhere, and there is no token; listen on 127.0.0.1, or give a "
        "token",
        options.host);
  std::unique_ptr<Server> server(new Server(executor, std::move(options), sources));
  OPT_TRY(server->tables_, Tables::make(sources, server->options_.tables));
  OPT_TRY(
      server->http_, net::HttpServer::bind(
                         executor, server->options_.host, server->options_.port,
                         {.connections_max = server->options_.connections_max}));
  return server;
}

void Server::start() {
  metrics_.set("optdata_build_info", {sources_.version}, 1);
  http_->start(net::HttpServer::AsyncHandler(
      [this](net::HttpRequest request) { return answer(std::move(request)); }));
}

asio::awaitable<Response> Server::answer(net::HttpRequest request) {
  Response response;
  if (auto refused = guard_.refuse(request, std::chrono::steady_clock::now()))
    response = *std::move(refused);
  else
    response = co_await route(request);
  add_security_headers(response);
  metrics_.add("optdata_http_requests_total", {fmt::format("{}xx", response.status / 100)});
  co_return response;
}

asio::awaitable<Response> Server::route(const net::HttpRequest& request) {
  const auto target = parse_target(request.target);
  if (!target) co_return problem(target.error());
  const auto now = std::chrono::steady_clock::now();
  if (target->path == "/healthz") co_return co_await health();
  if (target->path == "/api/v1/session") co_return guard_.session(request, now);
  const bool api_asked = target->path.starts_with("/api/");
  if (api_asked || target->path == "/metrics")
    if (auto refused = guard_.refuse_stranger(request, now)) co_return *std::move(refused);
  if (target->path == "/api/v1/query") {
    if (request.method != "POST") co_return not_allowed("POST");
    co_return co_await query(request);
  }
  if (request.method != "GET" && request.method != "HEAD") co_return not_allowed("GET, HEAD");
  if (target->path == "/metrics") co_return co_await metrics();
  if (api_asked) co_return co_await api(request, *target);
  co_return page(*target, request);
}

asio::awaitable<Response> Server::cached(
    const net::HttpRequest& request, AnswerCache::Version version, AnswerCache::Make make) {
  co_return co_await cache_.get(
      request.target, request.header("if-none-match"), std::move(version), std::move(make));
}

asio::awaitable<Response> Server::api(const net::HttpRequest& request, const Target& target) {
  if (!target.path.starts_with(api_path))
    co_return problem(404, "not_found", "there is one version of this API, /api/v1/");
  const std::string rest = target.path.substr(api_path.size());
  std::vector<std::string> words;
  for (const std::string_view word : split(rest, '/')) words.emplace_back(word);
  const std::string& first = words.front();
  if (words.size() == 1) {
    if (first == "openapi.json") co_return json_response(std::string(embedded::openapi));
    if (first == "tables") co_return json_response(to_text(list_of_tables()));
    if (first == "live") {
      auto response = live_.subscribe();
      co_return response ? *std::move(response) : problem(response.error());
    }
    if (first == "status") {
      // What is running is counted anew each time; the cache only keeps crowds off the ledger.
      AnswerCache::Version version = [](Desk& desk) -> Result<std::string> {
        return iso_utc(collectors_now(desk));
      };
      co_return co_await cached(request, std::move(version), status);
    }
    if (first == "storage") {
      AnswerCache::Make make = storage;
      co_return co_await cached(request, ledger_version, std::move(make));
    }
    if (first == "runs") {
      const auto count = number_of(target, "limit", 200, 2'000);
      if (!count) co_return problem(count.error());
      std::optional<Instant> before;
      if (const std::string* text = target.find("before")) {
        const auto at = parse_utc(*text);
        if (!at) co_return problem(at.error());
        before = *at;
      }
      AnswerCache::Make make = [before, count = *count](Desk& desk) {
        return runs(before, count, desk);
      };
      co_return co_await cached(request, ledger_version, std::move(make));
    }
    if (first == "days") {
      std::optional<DaySpan> span;
      const std::string *from = target.find("from"), *to = target.find("to");
      if ((from == nullptr) != (to == nullptr))
        co_return problem(400, "invalid_input", "from and to go together");
      if (from != nullptr) {
        const auto first_day = parse_day(*from), last_day = parse_day(*to);
        if (!first_day) co_return problem(first_day.error());
        if (!last_day) co_return problem(last_day.error());
        span = DaySpan{*first_day, *last_day};
      }
      AnswerCache::Version version = [](Desk& desk) -> Result<std::string> {
        OPT_TRY(const std::string stored, ledger_version(desk));
        return stored + " " + iso(in_new_york(collectors_now(desk)).day);
      };
      AnswerCache::Make make = [span](Desk& desk) { return days(span, desk); };
      co_return co_await cached(request, std::move(version), std::move(make));
    }
  }
  if (first == "tables" && words.size() == 2) co_return co_await table(target, words[1]);
  if (first == "days" && words.size() >= 2 && words.size() <= 4) {
    std::string what = words.size() > 2 ? words[2] : "";
    if (words.size() == 4) what += "/" + words[3];
    co_return co_await of_day(request, target, words[1], std::move(what));
  }
  co_return problem(
      404, "not_found", "there is no such address; /api/v1/openapi.json has them all");
}

asio::awaitable<Response> Server::of_day(
    const net::HttpRequest& request, const Target& target, std::string text, std::string what) {
  const auto parsed = parse_day(text);
  if (!parsed) co_return problem(parsed.error());
  const auto date = sources_.calendar.trade_date(*parsed);
  if (!date) co_return problem(date.error());
  const TradeDate of = *date;
  const AnswerCache::Version version = [of](Desk& desk) { return day_version(of, desk); };
  AnswerCache::Make make;
  if (what.empty()) {
    make = [of](Desk& desk) { return day(of, desk); };
  } else if (what == "underlyings") {
    make = [of](Desk& desk) { return underlyings(of, desk); };
  } else if (what == "events") {
    const auto level = level_of(target);
    const auto count = number_of(target, "limit", 500, 10'000);
    if (!level) co_return problem(level.error());
    if (!count) co_return problem(count.error());
    const std::string error_file = observe::errors_path(sources_.run_logs, of.day()).string();
    const AnswerCache::Version grown = [of, error_file, this](Desk& desk) -> Result<std::string> {
      std::string stamps;
      for (const store::Path& file : {store::Path(error_file), sources_.event_log})
        if (const auto stamp = desk.disk().stamp(file))
          stamps += fmt::format("{} {} ", stamp->inode, stamp->size);
      return stamps;
    };
    make = [of, level = *level, count = static_cast<std::size_t>(*count)](Desk& desk) {
      return events(of, level, count, desk);
    };
    co_return co_await cached(request, grown, std::move(make));
  } else if (what == "chain") {
    const std::string* named = target.find("symbol");
    const auto symbol = symbol_of(named == nullptr ? std::string_view{} : *named);
    const auto slot = number_of(target, "slot", 0, 255);
    if (!symbol) co_return problem(symbol.error());
    if (!slot) co_return problem(slot.error());
    make = [of, symbol = *symbol, slot = *slot](Desk& desk) {
      return chain(of, symbol, slot, desk);
    };
  } else if (what.starts_with("contracts/")) {
    const auto id = parse_int(what.substr(what.find('/') + 1));
    if (!id || *id <= 0) co_return problem(400, "invalid_input", "a conid is a positive number");
    make = [of, id = *id](Desk& desk) { return contract_day(of, id, desk); };
  } else {
    co_return problem(404, "not_found", "a day has events, underlyings, chain and contracts/CONID");
  }
  co_return co_await cached(request, version, std::move(make));
}

Result<store::TradeDates> Server::days_of(const std::string* from, const std::string* to) const {
  if (from == nullptr)
    return fail(ErrorKind::invalid_input, "from is missing: the first day, YYYY-MM-DD");
  OPT_TRY(const auto first, parse_day(*from));
  OPT_TRY(const auto last, parse_day(to == nullptr ? *from : *to));
  OPT_TRY(const TradeDate begin, sources_.calendar.on_or_after(first));
  OPT_TRY(const TradeDate after, sources_.calendar.on_or_after(last));
  TradeDate end = after;
  if (after.day() != last) {
    OPT_TRY(end, sources_.calendar.previous(after));
  }
  if (end < begin)
    return fail(
        ErrorKind::invalid_input, "there is no trade date from {} to {}", iso(first), iso(last));
  return store::TradeDates{begin, end};
}

asio::awaitable<Response> Server::table(const Target& target, std::string name) {
  const auto order = [&]() -> Result<TableOrder> {
    OPT_TRY(const Format format, [&] {
      const std::string* text = target.find("format");
      return parse_format(text == nullptr ? std::string_view{} : *text);
    }());
    OPT_TRY(const store::TradeDates span, days_of(target.find("from"), target.find("to")));
    std::vector<std::string> symbols;
    if (const std::string* text = target.find("symbols"))
      for (const std::string_view each : split(*text, ',')) {
        OPT_TRY(std::string symbol, symbol_of(each));
        symbols.push_back(std::move(symbol));
      }
    std::optional<int> slot;
    if (target.find("slot") != nullptr) {
      OPT_TRY(slot, number_of(target, "slot", 0, 255));
    }
    OPT_TRY(std::string sql, select_of_view(name, symbols, slot));
    std::string file = fmt::format("{}_{}", name, span.first.text());
    if (span.first != span.last) file += "_" + span.last.text();
    return TableOrder{
        std::move(sql), span, format, tables_->limits().rows_max, tables_->limits().download,
        std::move(file)};
  }();
  if (!order) co_return problem(order.error());
  TableOrder wanted = *order;
  auto response = co_await tables_->serve(std::move(wanted));
  co_return response ? *std::move(response) : problem(response.error());
}

asio::awaitable<Response> Server::query(const net::HttpRequest& request) {
  if (!request.header("content-type").starts_with("application/json"))
    co_return problem(415, "invalid_input", "send JSON, and Content-Type: application/json");
  const auto order = [&]() -> Result<TableOrder> {
    const auto json = nlohmann::json::parse(request.body, nullptr, false);
    const auto word = [&](const char* name) {
      const auto found = json.find(name);
      return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    if (!json.is_object() || word("sql").empty())
      return fail(
          ErrorKind::invalid_input,
          R"(send {{"sql": "SELECT ...", "from": "YYYY-MM-DD", "to": "YYYY-MM-DD"}})");
    std::string sql = word("sql");
    if (sql.size() > sql_max)
      return fail(ErrorKind::invalid_input, "the statement has more than {} bytes", sql_max);
    OPT_TRY(const Format format, parse_format(word("format")));
    const std::string from = word("from"), to = word("to");
    OPT_TRY(
        const store::TradeDates span,
        days_of(from.empty() ? nullptr : &from, to.empty() ? nullptr : &to));
    return TableOrder{std::move(sql),          span,   format, tables_->limits().rows_max,
                      tables_->limits().query, "query"};
  }();
  if (!order) co_return problem(order.error());
  TableOrder wanted = *order;
  auto response = co_await tables_->serve(std::move(wanted));
  co_return response ? *std::move(response) : problem(response.error());
}

asio::awaitable<Response> Server::health() {
  std::function<Result<bool>(Desk&)> work = [](Desk& desk) -> Result<bool> {
    const auto listed = desk.disk().list(desk.sources().run_logs);
    if (!listed) return fail(listed.error());
    return true;
  };
  const Result<bool> well = co_await desks_.ask<Result<bool>>(std::move(work));
  if (!well) co_return problem(503, "unavailable", "what is to be shown cannot be read");
  co_return json_response("{\"status\":\"ok\"}\n");
}

asio::awaitable<Response> Server::metrics() {
  std::function<Result<std::string>(Desk&)> work = [this](Desk& desk) -> Result<std::string> {
    const auto free = desk.disk().free_bytes(sources_.paths.clean);
    if (free) metrics_.set("optdata_disk_free_bytes", {}, static_cast<double>(*free));
    const auto dates = judged_dates(desk.disk(), sources_.run_logs);
    if (dates.empty()) return std::string();
    const auto date = sources_.calendar.trade_date(*parse_day(dates.back()));
    if (!date) return std::string();
    const auto verdict = desk.verdicts().of(desk.disk(), sources_.run_logs, *date);
    if (!verdict || !*verdict) return std::string();
    metrics_.forget("optdata_day_passed");
    metrics_.set("optdata_day_passed", {(*verdict)->phase}, (*verdict)->status == "PASS" ? 1 : 0);
    return std::string();
  };
  static_cast<void>(co_await desks_.ask<Result<std::string>>(std::move(work)));
  metrics_.set("optdata_http_connections", {}, http_->connections());
  metrics_.set("optdata_http_live_readers", {}, static_cast<double>(live_.readers()));
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = metrics_.text();
  co_return response;
}

// Routes of the page are behind #, so that every other address is a file or nothing.
Response Server::page(const Target& target, const net::HttpRequest& request) const {
  const std::string_view wanted =
      target.path == "/" ? "/index.html" : std::string_view(target.path);
  const auto all = assets();
  const auto found = std::ranges::find(all, wanted, &Asset::path);
  if (found == all.end()) return problem(404, "not_found", "there is no such page");
  Response response;
  response.content_type = found->type;
  const bool hashed = found->path.starts_with("/assets/");
  const std::string tag = fmt::format("\"{}\"", sha256_hex(found->bytes).substr(0, 20));
  response.headers = {
      {"Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache"},
      {"ETag", tag}};
  if (request.header("if-none-match") == tag) {
    response.status = 304;
    return response;
  }
  response.body = found->bytes;
  return response;
}

}  // namespace opt_data::serve
