// make_corpus DIRECTORY: writes the first inputs of the fuzzers, one file for each, in a directory
// for each fuzzer. Made by the encoders, so they never go stale.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "app/config.h"
#include "tws/codec.h"
#include "tws/random_message.h"
#include "tws/transcript.h"

namespace opt_data::tws {
namespace {

constexpr std::uint64_t seed = 1;
constexpr std::size_t each_kind = 3;

bool write(const std::filesystem::path& directory, std::size_t number, std::string_view bytes) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  std::ofstream file(directory / std::to_string(number), std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  return !file.fail();
}

// The session numbers its requests from 1000; answers to others it never asked would be passed
// over.
bool make_sessions(const std::filesystem::path& root) {
  RandomMessages random(seed);
  bool good = true;
  for (std::size_t kind = 0; kind < std::variant_size_v<ServerMessage>; ++kind) {
    std::string stream(1, '\x10');
    for (std::int32_t id = 1000; id < 1005; ++id) {
      ServerMessage message = random.server(kind);
      std::visit(
          [id](auto& known) {
            if constexpr (requires { known.request; }) known.request = id;
          },
          message);
      encode(stream, message, version_max);
    }
    good = good && write(root, kind, stream);
  }
  return good;
}

bool make_configs(const std::filesystem::path& root) {
  bool good = write(root, 0, "");
  std::size_t number = 1;
  for (const app::ConfigKey& key : app::config_keys()) {
    const std::size_t dot = key.name.find('.');
    good = good && write(
                       root, number++,
                       fmt::format(
                           "[{}]\n{} = {}\n", key.name.substr(0, dot), key.name.substr(dot + 1),
                           app::text_of(key.standard)));
  }
  return good;
}

bool make_transcripts(const std::filesystem::path& root) {
  using std::chrono::microseconds;
  RandomMessages random(seed);
  bool good = true;
  for (std::size_t kind = 0; kind < std::variant_size_v<ClientMessage>; ++kind) {
    std::string text(transcript_heading);
    const auto add = [&text](int at, Mark mark, std::string_view bytes) {
      append_line(text, {1, microseconds{at}, mark, std::string(bytes)});
    };
    std::string start, question, answer;
    encode(start, StartApi{101, ""}, version_max);
    encode(question, random.client(kind), version_max);
    encode(answer, random.server(kind), version_max);
    add(0, Mark::open, "2025-11-21T15:00:00.000000Z");
    add(100, Mark::hello, "v176..178");
    add(200, Mark::told,
        std::string_view(
            "178\0"
            "20251121 10:00:00 EST\0",
            26));
    add(300, Mark::asked, std::string_view(start).substr(4));
    add(400, Mark::asked, std::string_view(question).substr(4));
    add(500, Mark::told, std::string_view(answer).substr(4));
    add(600, Mark::stray_told, "HTTP");
    add(700, Mark::gateway_closed, "");
    good = good && write(root, kind, text);
  }
  return good;
}

bool make(const std::filesystem::path& root) {
  RandomMessages random(seed);
  std::string from_gateway(1, '\x10');  // Cut into pieces of 9 bytes.
  std::string from_client(1, '\x11');
  from_gateway += encode_hello(ServerHello{178, "20261001 10:15:00 EST"});
  from_client += encode_hello(ClientHello{version_min, version_max, "+PACEAPI"});
  bool good = true;
  for (std::size_t kind = 0; kind < std::variant_size_v<ServerMessage> * each_kind; ++kind) {
    std::string frame;
    encode(frame, random.server(kind / each_kind), version_max);
    good = good && write(root / "decode_server", kind, std::string_view(frame).substr(4));
    if (frame.size() < 100) from_gateway += frame;
  }
  for (std::size_t kind = 0; kind < std::variant_size_v<ClientMessage> * each_kind; ++kind) {
    std::string frame;
    encode(frame, random.client(kind / each_kind), version_max);
    good = good && write(root / "decode_client", kind, std::string_view(frame).substr(4));
    if (frame.size() < 100) from_client += frame;
  }
  good = good && write(root / "frames", 0, from_gateway) && write(root / "frames", 1, from_client);
  good = good && write(root / "frames", 2, "0v176..178");
  good = good && make_sessions(root / "session") && make_configs(root / "config") &&
         make_transcripts(root / "transcript");
  return good;
}

}  // namespace
}  // namespace opt_data::tws

int main(int count, char** arguments) {
  if (count == 2 && opt_data::tws::make(arguments[1])) return 0;
  std::fprintf(stderr, "cannot write the corpus; usage: make_corpus DIRECTORY\n");
  return 1;
}
