#include "serve/tables.h"

#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <fstream>

#include "base/text.h"
#include "store/value_text.h"

namespace opt_data::serve {

using nlohmann::ordered_json;
using Time = std::chrono::steady_clock::time_point;

// Sandboxes and the threads they run on. One that was given out comes back when its answer is sent,
// or its reader is gone.
struct Tables::Shop {
  Shop(const Sources& from, TableLimits with, std::filesystem::path folder)
      : paths(from.paths),
        limits(with),
        spool(std::move(folder)),
        pool(static_cast<std::size_t>(with.at_once)) {}

  struct Place {
    std::unique_ptr<Sandbox> sandbox;  // Opened when first needed.
  };

  store::DatasetPaths paths;
  TableLimits limits;
  std::filesystem::path spool;
  std::vector<std::shared_ptr<Place>> free;
  int made = 0;
  std::deque<std::shared_ptr<asio::steady_timer>> line;  // Those who wait for a place.
  asio::thread_pool pool;
};

namespace {

constexpr std::size_t piece_bytes = 256 * 1024;

using Row = std::vector<store::Value>;

std::string csv_cell(const store::Value& cell) {
  std::string text = store::cell_text(cell);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

void add_csv(const std::vector<std::string>& cells, std::string& out) {
  out += join(cells, ",");
  out += "\r\n";  // RFC 4180.
}

std::string dumped(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

Result<Format> parse_format(std::string_view text) {
  if (text.empty() || text == "json") return Format::json;
  if (text == "csv") return Format::csv;
  if (text == "parquet") return Format::parquet;
  return fail(ErrorKind::invalid_input, "'{}' is no format; json, csv and parquet are", text);
}

// One answer. Everything that touches DuckDB happens elsewhere; the timer ends what takes too long.
class TablePieces : public net::HttpPieces {
 public:
  TablePieces(
      std::shared_ptr<Tables::Shop> shop, std::shared_ptr<Tables::Shop::Place> place,
      TableOrder order, asio::any_io_executor executor)
      : shop_(std::move(shop)),
        place_(std::move(place)),
        order_(std::move(order)),
        began_(std::chrono::steady_clock::now()),
        deadline_(executor, began_ + order_.time) {}

  ~TablePieces() override {
    deadline_.cancel();
    cursor_.reset();
    if (!file_.empty()) {
      std::error_code ignored;
      std::filesystem::remove(file_, ignored);
    }
    shop_->free.push_back(std::move(place_));
    while (!shop_->line.empty()) {  // Whoever gave up waiting left its timer.
      const auto next = shop_->line.front();
      shop_->line.pop_front();
      if (next->cancel() > 0) break;
    }
  }

  // Errors: those that the reader should hear before the first byte.
  asio::awaitable<Result<void>> start() {
    std::function<Result<void>()> work = [this] { return open(); };
    co_return co_await timed(std::move(work));
  }

  asio::awaitable<Result<std::optional<std::string>>> next() override {
    if (finished_) co_return std::nullopt;
    std::function<Result<std::optional<std::string>>()> work = [this] { return make(); };
    co_return co_await timed(std::move(work));
  }

 private:
  // DuckDB forgets an interruption between two of its steps, so it is repeated until it is heard.
  template <typename T>
  asio::awaitable<Result<T>> timed(std::function<Result<T>()> work) {
    if (std::chrono::steady_clock::now() >= began_ + order_.time) co_return too_long();
    const auto busy = std::make_shared<bool>(true);
    watch(busy);
    auto result = co_await elsewhere<Result<T>>(shop_->pool, std::move(work));
    *busy = false;
    deadline_.cancel();
    if (!result && std::chrono::steady_clock::now() >= began_ + order_.time) co_return too_long();
    co_return result;
  }

  void watch(std::shared_ptr<bool> busy) {
    const Time now = std::chrono::steady_clock::now();
    deadline_.expires_at(std::max(began_ + order_.time, now + std::chrono::milliseconds{50}));
    deadline_.async_wait([this, busy](boost::system::error_code error) {
      if (error || !*busy) return;
      if (place_->sandbox) place_->sandbox->database().interrupt();
      watch(busy);
    });
  }

  tl::unexpected<Error> too_long() const {
    return fail(
        ErrorKind::refused, "it took more than {} s and was ended; ask for fewer days or rows",
        order_.time.count());
  }

  Result<void> open() {
    if (!place_->sandbox) {
      OPT_TRY(place_->sandbox, Sandbox::open(shop_->paths, shop_->spool, shop_->limits.memory));
    }
    Sandbox& sandbox = *place_->sandbox;
    // Files are replaced while a day is collected: look again where one has just gone.
    constexpr int tries = 3;
    Result<void> opened;
    for (int attempt = 0; attempt < tries; ++attempt) {
      opened = sandbox.look_at(order_.days);
      if (opened) opened = begin(sandbox);
      if (opened || opened.error().kind == ErrorKind::invalid_input) break;
    }
    return opened;
  }

  Result<void> begin(Sandbox& sandbox) {
    if (order_.format == Format::parquet) {
      OPT_TRY(file_, sandbox.spool_parquet(order_.sql));
      in_.open(file_, std::ios::binary);
      if (!in_) return fail(ErrorKind::storage, "cannot read {}", file_.string());
      return {};
    }
    OPT_TRY(cursor_, store::Cursor::open(sandbox.database(), order_.sql));
    return {};
  }

  Result<std::optional<std::string>> make() {
    if (order_.format == Format::parquet) return of_file();
    OPT_TRY(const auto rows, cursor_->next());
    std::string out = first_ ? head() : std::string();
    for (const Row& row : rows) {
      if (order_.format == Format::json && sent_ == order_.rows_max) {
        truncated_ = true;
        break;
      }
      add(row, out);
    }
    if (rows.empty() || truncated_) {
      if (order_.format == Format::json) out += tail();
      finished_ = true;
    }
    return out;
  }

  std::string head() {
    first_ = false;
    std::string out;
    if (order_.format == Format::csv) {
      add_csv(cursor_->columns(), out);
      return out;
    }
    return fmt::format(
        "{{\"columns\":{},\"types\":{},\"rows\":[", dumped(cursor_->columns()),
        dumped(cursor_->types()));
  }

  void add(const Row& row, std::string& out) {
    if (order_.format == Format::csv) {
      std::vector<std::string> cells;
      for (const store::Value& cell : row) cells.push_back(csv_cell(cell));
      add_csv(cells, out);
    } else {
      ordered_json cells = ordered_json::array();
      for (const store::Value& cell : row) cells.push_back(store::cell_json(cell));
      if (sent_ > 0) out += ",\n";
      out += dumped(cells);
    }
    ++sent_;
  }

  std::string tail() const {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began_;
    return fmt::format("],\"truncated\":{},\"seconds\":{:.3f}}}\n", truncated_, took.count());
  }

  Result<std::optional<std::string>> of_file() {
    std::string bytes(piece_bytes, '\0');
    in_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(in_.gcount()));
    if (in_.bad()) return fail(ErrorKind::storage, "cannot read {}", file_.string());
    if (bytes.empty()) {
      finished_ = true;
      return std::nullopt;
    }
    return bytes;
  }

  std::shared_ptr<Tables::Shop> shop_;
  std::shared_ptr<Tables::Shop::Place> place_;
  const TableOrder order_;
  const Time began_;
  asio::steady_timer deadline_;
  std::unique_ptr<store::Cursor> cursor_;
  std::filesystem::path file_;
  std::ifstream in_;
  bool first_ = true, truncated_ = false, finished_ = false;
  std::int64_t sent_ = 0;
};

Tables::Tables(const Sources& sources, TableLimits limits, std::filesystem::path spool)
    : shop_(std::make_shared<Shop>(sources, limits, std::move(spool))), limits_(limits) {}

Result<std::unique_ptr<Tables>> Tables::make(const Sources& sources, TableLimits limits) {
  std::error_code error;
  const auto temporary = std::filesystem::temp_directory_path(error);
  std::string folder = ((error ? "/tmp" : temporary) / "opt-data-serve-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr)
    return fail(
        ErrorKind::storage, "cannot make a folder in {} for Parquet that is downloaded",
        temporary.string());
  return std::unique_ptr<Tables>(new Tables(sources, limits, folder));
}

Tables::~Tables() {
  shop_->pool.stop();
  shop_->pool.join();
  std::error_code ignored;
  std::filesystem::remove_all(shop_->spool, ignored);
}

asio::awaitable<Result<net::HttpResponse>> Tables::serve(TableOrder order) {
  const auto executor = co_await asio::this_coro::executor;
  const auto shop = shop_;
  if (shop->free.empty() && shop->made < limits_.at_once) {
    ++shop->made;
    shop->free.push_back(std::make_shared<Shop::Place>());
  }
  // A place that became free may be taken by somebody who came just then: wait on, before the
  // others.
  const auto turn = std::make_shared<asio::steady_timer>(executor, limits_.wait);
  bool waited = false;
  while (shop->free.empty()) {
    if (turn->expiry() <= std::chrono::steady_clock::now())
      co_return fail(
          ErrorKind::unavailable, "{} queries are running already; ask again shortly",
          limits_.at_once);
    shop->line.insert(waited ? shop->line.begin() : shop->line.end(), turn);
    (void)co_await turn->async_wait(asio::as_tuple(asio::use_awaitable));
    std::erase(shop->line, turn);
    waited = true;
  }
  auto place = shop->free.back();
  shop->free.pop_back();
  const Format format = order.format;
  const std::string name = order.name;
  const auto pieces =
      std::make_shared<TablePieces>(shop, std::move(place), std::move(order), executor);
  const Result<void> started = co_await pieces->start();
  if (!started) co_return fail(started.error());
  net::HttpResponse response;
  response.content_type = format == Format::json  ? "application/json"
                          : format == Format::csv ? "text/csv; charset=utf-8"
                                                  : "application/vnd.apache.parquet";
  if (format != Format::json)
    response.headers.emplace_back(
        "Content-Disposition",
        fmt::format(
            "attachment; filename=\"{}.{}\"", name, format == Format::csv ? "csv" : "parquet"));
  response.pieces = pieces;
  co_return response;
}

Result<std::string> select_of_view(
    const std::string& view, const std::vector<std::string>& symbols, std::optional<int> slot) {
  const auto columns = store::columns_of_view(view);
  if (columns.empty()) {
    std::vector<std::string> names;
    for (const std::string_view name : store::view_names()) names.emplace_back(name);
    return fail(
        ErrorKind::not_found, "there is no table '{}'; there are {}", view, join(names, ", "));
  }
  std::vector<std::string> conditions;
  if (!symbols.empty()) {
    std::vector<std::string> quoted;
    for (const std::string& symbol : symbols) quoted.push_back(store::sql_text(symbol));
    conditions.push_back(fmt::format("underlying IN ({})", join(quoted, ", ")));
  }
  if (slot) {
    const bool has = std::ranges::any_of(
        columns, [](const store::Column& column) { return column.name == "slot_30m"; });
    if (!has)
      return fail(
          ErrorKind::invalid_input, "{} has one row a day, and no slots; leave out slot", view);
    conditions.push_back(fmt::format("slot_30m = {}", *slot));
  }
  return fmt::format(
      "SELECT * FROM {}{}", view, conditions.empty() ? "" : " WHERE " + join(conditions, " AND "));
}

ordered_json list_of_tables() {
  ordered_json tables = ordered_json::array();
  for (const std::string_view name : store::view_names()) {
    ordered_json columns = ordered_json::array();
    for (const store::Column& column : store::columns_of_view(name))
      columns.push_back(
          {{"name", column.name},
           {"type", column.type},
           {"required", column.required},
           {"meaning", column.meaning}});
    tables.push_back({{"name", name}, {"columns", std::move(columns)}});
  }
  return {{"tables", std::move(tables)}};
}

}  // namespace opt_data::serve
