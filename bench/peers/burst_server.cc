// A gateway that knows one answer: a burst. Every TWS client may ask it for market data; whoever
// then asks for the time is sent ticks of all its lines, as fast as the socket takes them, and last
// of all the time. So every client works on the same bytes, and knows when it has them all.
//
//   burst_server ROUNDS      prints its port on loopback; serves one client after the other
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "burst.h"
#include "tws/codec.h"

namespace opt_data::bench {
namespace {

constexpr std::size_t chunk_bytes = 65536;

class Client {
 public:
  Client(int socket, std::size_t rounds) : socket_(socket), rounds_(rounds) {}

  void serve() {
    bool greeted = false;
    while (read_more()) {
      if (!greeted) {
        const auto hello = in_.next_hello();
        if (!hello) return;
        if (!*hello) continue;
        greeted = true;
        send(tws::encode_hello(tws::ServerHello{tws::version_max, "20261001 10:15:00 EST"}));
      }
      for (auto frame = in_.next(); frame && *frame; frame = in_.next())
        if (const auto asked = tws::decode_client(**frame, tws::version_max)) answer(*asked);
    }
  }

 private:
  bool read_more() {
    const auto room = in_.prepare(chunk_bytes);
    const ssize_t got = ::read(socket_, room.data(), room.size());
    if (got <= 0) return false;
    in_.commit(static_cast<std::size_t>(got));
    return true;
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  void answer(const tws::ClientMessage& asked) {
    std::string out;
    const auto say = [&](const tws::ServerMessage& message) {
      tws::encode(out, message, tws::version_max);
    };
    if (std::holds_alternative<tws::StartApi>(asked)) {
      say(tws::ManagedAccounts{"DU0000000"});
      say(tws::NextValidId{1});
    } else if (const auto* line = std::get_if<tws::RequestMarketData>(&asked)) {
      lines_.push_back(line->request);
      out = contract_burst(std::span(&lines_.back(), 1), 1);
    } else if (std::holds_alternative<tws::RequestCurrentTime>(asked)) {
      out = contract_burst(lines_, rounds_);
      say(tws::CurrentTime{std::time(nullptr)});
    }
    send(out);
  }

  int socket_;
  std::size_t rounds_;
  tws::FrameBuffer in_;
  std::vector<tws::RequestId> lines_;
};

void serve(std::size_t rounds) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  OPT_CHECK(::bind(listener, any, size) == 0 && ::listen(listener, 8) == 0);
  OPT_CHECK(::getsockname(listener, any, &size) == 0);
  fmt::print("{}\n", ntohs(address.sin_port));
  std::fflush(stdout);
  for (;;) {
    const int socket = ::accept(listener, nullptr, nullptr);
    OPT_CHECK(socket >= 0);
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Client(socket, rounds).serve();
    ::close(socket);
  }
}

}  // namespace
}  // namespace opt_data::bench

int main(int argc, char** argv) {
  const auto rounds = argc > 1 ? opt_data::parse_int(argv[1]) : std::nullopt;
  opt_data::bench::serve(rounds && *rounds > 0 ? static_cast<std::size_t>(*rounds) : 80);
}
