#include "sim/gateway_fixture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace opt_data::sim {

TestClient::TestClient(asio::io_context& io, SimClock& clock, SimGateway& gateway)
    : io_(io), told_(std::make_shared<Told>(Told{clock, nullptr, {}, {}, false})) {
  auto [mine, theirs] = net::MemoryPipe::make();
  told_->pipe = std::move(mine);
  asio::co_spawn(io_, gateway.serve(std::move(theirs)), asio::detached);
  asio::co_spawn(io_, listen(told_), asio::detached);
}

TestClient::~TestClient() {
  told_->pipe->close();
  io_.restart();
  io_.poll();
}

asio::awaitable<void> TestClient::listen(std::shared_ptr<Told> told) {
  std::array<std::byte, 4096> room{};
  std::string& bytes = told->bytes;
  std::size_t read = 0;
  bool is_first = true;
  for (;;) {
    const auto size = co_await told->pipe->read_some(room);
    if (!size || *size == 0) break;
    bytes.append(reinterpret_cast<const char*>(room.data()), *size);
    while (bytes.size() - read >= 4) {
      std::size_t length = 0;
      for (std::size_t i = 0; i < 4; ++i)
        length = length << 8U | static_cast<unsigned char>(bytes[read + i]);
      if (bytes.size() - read - 4 < length) break;
      Heard& it =
          told->heard.emplace_back(Heard{told->clock.now(), bytes.substr(read + 4, length), {}});
      read += 4 + length;
      if (std::exchange(is_first, false)) continue;  // The hello is no message.
      auto message = tws::decode_server(it.payload, 178);
      EXPECT_TRUE(message) << message.error().message;
      if (message) it.message = *message;
    }
  }
  told->closed = true;
}

void TestClient::send_bytes(std::string_view bytes) {
  const auto write = [](net::MemoryPipe& pipe, std::string all) -> asio::awaitable<bool> {
    co_return (co_await pipe.write_all(std::as_bytes(std::span(all)))).has_value();
  };
  asio::co_spawn(io_, write(*told_->pipe, std::string(bytes)), asio::detached);
  io_.restart();
  io_.poll();
}

void TestClient::hello(std::string_view offer) {
  std::string bytes("API\0", 4);
  tws::append_frame(bytes, offer);
  send_bytes(bytes);
}

void TestClient::send(const tws::ClientMessage& message) {
  std::string frame;
  tws::encode(frame, message, 178);
  send_bytes(frame);
}

void TestClient::start(std::int32_t client_id) {
  hello();
  send(tws::StartApi{client_id, ""});
}

std::vector<std::int32_t> TestClient::codes(tws::RequestId request) const {
  std::vector<std::int32_t> codes;
  for (const auto& it : all<tws::ErrorNotice>(request)) codes.push_back(it.code);
  return codes;
}

std::string TestClient::error_text(tws::RequestId request, std::int32_t code) const {
  for (const auto& it : all<tws::ErrorNotice>(request))
    if (it.code == code) return std::string(it.text);
  return {};
}

namespace {

template <typename Message>
std::optional<tws::RequestId> request_of(const Message& message) {
  if constexpr (requires { message.request; })
    return message.request;
  else
    return std::nullopt;
}

template <typename Message>
std::string word_of(const Message& message) {
  if constexpr (requires { message.tick; })
    return fmt::format("{}", static_cast<int>(message.tick));
  if constexpr (std::is_same_v<Message, tws::ErrorNotice>) return fmt::format("e{}", message.code);
  if constexpr (std::is_same_v<Message, tws::MarketDataTypeNotice>)
    return fmt::format("type{}", message.type);
  if constexpr (std::is_same_v<Message, tws::TickReqParams>) return "params";
  if constexpr (std::is_same_v<Message, tws::TickSnapshotEnd>) return "end";
  return "?";
}

}  // namespace

std::string TestClient::order(tws::RequestId request) const {
  std::string order;
  for (const Heard& it : heard())
    if (it.message)
      std::visit(
          [&](const auto& message) {
            if (request_of(message) == request)
              order += (order.empty() ? "" : " ") + word_of(message);
          },
          *it.message);
  return order;
}

std::optional<Instant> TestClient::first_at(tws::RequestId request) const {
  for (const Heard& it : heard()) {
    const auto about = it.message
                           ? std::visit([](const auto& m) { return request_of(m); }, *it.message)
                           : std::nullopt;
    if (about == request) return it.at;
  }
  return std::nullopt;
}

std::uint64_t GatewayTest::seed() {
  const char* wanted = std::getenv("OPT_DATA_TEST_SEED");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 7;
}

StubMarket& GatewayTest::stub_market() {
  auto stub = std::make_unique<StubMarket>();
  StubMarket& it = *stub;
  market = std::move(stub);
  return it;
}

SimGateway& GatewayTest::gateway() {
  if (!market)
    market =
        SyntheticMarket::make(
            {{std::string("AAPL"), std::string("MSFT")}, session_day, next_session_day}, seed())
            .value();
  if (!gateway_) gateway_ = std::make_unique<SimGateway>(*market, clock, options, seed());
  return *gateway_;
}

TestClient& GatewayTest::client() {
  if (!client_) {
    client_ = connect();
    client_->start();
  }
  return *client_;
}

std::unique_ptr<TestClient> GatewayTest::connect() {
  return std::make_unique<TestClient>(io, clock, gateway());
}

const OptionContract& GatewayTest::near_the_money(Right right) {
  gateway();
  const double spot = market->quote(market->underlyings().at(0).id, clock.now()).last.value();
  std::vector<OptionContract> all = listed();
  std::erase_if(all, [right](const OptionContract& it) {
    return it.right != right || it.trading_class != "AAPL" || it.expiry == session_day;
  });
  const auto nearest = std::ranges::min_element(all, {}, [spot](const OptionContract& it) {
    return std::pair(std::abs(it.strike.usd() - spot), it.expiry);
  });
  return contracts_.emplace_back(*nearest);
}

tws::Contract GatewayTest::stock(std::string_view symbol) {
  tws::Contract contract;
  contract.symbol = symbol;
  contract.sec_type = "STK";
  contract.exchange = "SMART";
  contract.currency = "USD";
  return contract;
}

tws::Contract GatewayTest::by_id(const OptionContract& option) {
  tws::Contract contract;
  contract.con_id = option.id;
  contract.exchange = "SMART";
  return contract;
}

tws::Contract GatewayTest::by_fields(const OptionContract& option) {
  tws::Contract contract;
  contract.symbol = keep(option.underlying);
  contract.sec_type = "OPT";
  contract.last_trade_date = keep(compact(option.expiry));
  contract.strike = option.strike.usd();
  contract.right = option.right == Right::call ? "C" : "P";
  contract.multiplier = "100";
  contract.exchange = "SMART";
  contract.currency = "USD";
  contract.trading_class = keep(option.trading_class);
  return contract;
}

tws::RequestMarketData GatewayTest::stream(
    tws::RequestId request, const tws::Contract& contract, std::string_view generics) {
  tws::RequestMarketData message;
  message.request = request;
  message.contract = contract;
  message.generic_ticks = generics;
  return message;
}

}  // namespace opt_data::sim
