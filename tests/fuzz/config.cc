// Any file at all is a configuration or a sentence that says what to write instead; and what was
// read, written as `opt-data init` writes it, reads back the same. Behind a NUL stands the text of
// one option or environment variable; the byte before it says of which key.
#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <string>

#include "app/config.h"
#include "fuzz_messages.h"

namespace opt_data::app {
namespace {

using tws::expect;

// A file that is in memory only, and its name.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view text) : descriptor_(::memfd_create("config", 0)) {
    expect(descriptor_ >= 0, "a file in memory can be made");
    const auto size = static_cast<ssize_t>(text.size());
    expect(::write(descriptor_, text.data(), text.size()) == size, "it can be written");
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string name() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

Result<Config> load(std::string_view text, std::size_t key, const std::string& value) {
  const MemoryFile file(text);
  ConfigRequest request;
  request.file = file.name();
  const std::string name(config_keys()[key % config_keys().size()].name);
  const bool by_option = key % 2 == 0;
  const std::string variable = environment_name(name);
  if (by_option && !value.empty()) request.options[name] = value;
  request.environment = [&](const char* asked) -> const char* {
    return !by_option && !value.empty() && asked == variable ? value.c_str() : nullptr;
  };
  return load_config(request);
}

void check(std::string_view text, std::size_t key, const std::string& value) {
  const auto config = load(text, key, value);
  if (!config) {
    expect(config.error().kind == ErrorKind::invalid_input, "a refusal is of kind invalid_input");
    expect(config.error().message.starts_with("config: "), "a refusal says what it is about");
    return;
  }
  std::map<std::string, ConfigValue> values;
  for (const auto& [name, effective] : config->effective) values[name] = effective.value;
  const auto again = load(config_template(values, "Again."), 0, "");
  if (!again) std::fprintf(stderr, "%s\n", again.error().message.c_str());
  expect(again.has_value(), "what was written can be read");
  for (const auto& [name, effective] : again->effective)
    expect(effective.value == values[name], name.c_str());
}

}  // namespace
}  // namespace opt_data::app

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = opt_data::tws::as_text(data, size);
  const std::size_t end = text.find('\0');
  if (end == text.npos || end == 0) {
    opt_data::app::check(text, 0, "");
  } else {
    const auto key = static_cast<unsigned char>(text[end - 1]);
    opt_data::app::check(
        text.substr(0, end - 1), key,
        std::string(text.substr(end + 1).data(), text.size() - end - 1));
  }
  return 0;
}
