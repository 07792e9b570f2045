// make_corpus DIRECTORY: writes the first inputs of the fuzzers, one file for each, under
// decode_server/, decode_client/ and frames/. Made by the encoders, so they never go stale.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "tws/codec.h"
#include "tws/random_message.h"

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
  return good;
}

}  // namespace
}  // namespace opt_data::tws

int main(int count, char** arguments) {
  if (count == 2 && opt_data::tws::make(arguments[1])) return 0;
  std::fprintf(stderr, "cannot write the corpus; usage: make_corpus DIRECTORY\n");
  return 1;
}
