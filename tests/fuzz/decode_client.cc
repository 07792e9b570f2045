#include "fuzz_messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace opt_data::tws;
  check_message(as_text(data, size), decode_client);
  return 0;
}
