// What comes from the npm registry is pinned by content, and by nothing else.
#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "tree.h"

namespace opt_data::tidy {
namespace {

TEST(Lock, holds_no_download_address) {
  const std::regex address(R"("resolved"|https?://)");
  Findings findings;
  const File& lock = file("package-lock.json");
  for (std::size_t i = 0; i < lock.lines.size(); ++i) {
    if (std::regex_search(lock.lines[i], address))
      findings.add(lock.path, i + 1, "an address; write the lock with tools/lock_npm.sh");
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

TEST(Lock, every_package_has_its_hash) {
  const std::regex package(R"re(^    "node_modules/([^"]+)": \{$)re");
  const std::regex hash(R"(^      "integrity": "sha512-[A-Za-z0-9+/]{86}==",?$)");
  const File& lock = file("package-lock.json");
  std::size_t packages = 0;
  std::size_t hashes = 0;
  for (const std::string& line : lock.lines) {
    packages += std::regex_match(line, package) ? 1U : 0U;
    hashes += std::regex_match(line, hash) ? 1U : 0U;
  }
  EXPECT_GT(packages, 0U);
  EXPECT_EQ(hashes, packages);
}

// The demo takes from the registry what it links and the header, and no third thing.
TEST(Lock, the_program_needs_two_packages) {
  const std::regex package(R"re(^    "node_modules/([^"]+)": \{$)re");
  const File& lock = file("package-lock.json");
  std::string needed;
  std::string name;
  bool of_tests = false;
  for (const std::string& line : lock.lines) {
    std::smatch match;
    if (std::regex_match(line, match, package)) {
      name = match[1];
      of_tests = false;
    } else if (line.starts_with("      \"dev\": true")) {
      of_tests = true;
    } else if (line.starts_with("    }") && !name.empty()) {
      if (!of_tests) needed += name + " ";
      name.clear();
    }
  }
  EXPECT_EQ(needed, "@duckdb/node-bindings-linux-arm64 @duckdb/node-bindings-linux-x64 duckdb ");
}

}  // namespace
}  // namespace opt_data::tidy
