// What starts the program on other people's machines, against the program: the units, the
// container's files, the launchd list. None of these can be run by a test, so what they say is read
// here.
#include <gtest/gtest.h>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

#include "app/command.h"
#include "app/config.h"
#include "base/text.h"
#include "store/disk.h"

namespace opt_data::app {
namespace {

namespace fs = std::filesystem;

const fs::path source = OPT_DATA_SOURCE_DIR;
const fs::path packaging = source / "packaging";

std::string contents(const fs::path& file) {
  auto bytes = store::RealDisk{}.read(file);
  EXPECT_TRUE(bytes) << bytes.error().message;
  return bytes ? *bytes : "";
}

std::vector<std::string> found(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern, std::regex::multiline);
  std::vector<std::string> out;
  for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at)
    out.push_back((*at)[1]);
  return out;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

// As the program itself reads it; nothing is run.
void expect_understood(std::vector<std::string> arguments, const std::string& where) {
  ASSERT_FALSE(arguments.empty()) << where;
  Cli cli;
  add_all_commands(cli);
  const std::string line = join(arguments, " ");
  std::reverse(arguments.begin(), arguments.end());  // As CLI11 wants them.
  EXPECT_NO_THROW(cli.root.parse(arguments)) << where << ": opt-data " << line;
}

void expect_settings_exist(const std::string& text, const std::string& where) {
  std::set<std::string> known{"OPT_DATA_CONFIG", "OPT_DATA_RECORDINGS"};
  for (const ConfigKey& key : config_keys()) known.insert(environment_name(key.name));
  for (const std::string& name : found(text, R"(\b(OPT_DATA_[A-Z_]*[A-Z])\b)"))
    EXPECT_TRUE(known.contains(name)) << where << " sets " << name;
}

TEST(Units, start_what_the_program_understands) {
  for (const char* name :
       {"opt-data.service.in", "opt-data-day.service.in", "opt-data-serve.service.in"}) {
    const std::string text = contents(packaging / "systemd" / name);
    const auto lines = found(text, "^ExecStart=/usr/bin/opt-data (.*)$");
    ASSERT_EQ(lines.size(), 1u) << name;
    expect_understood(words_of(lines.front()), name);
    EXPECT_NE(text.find("\n@sandbox@\n"), text.npos) << name << " is outside the sandbox";
  }
}

TEST(Units, keep_the_program_in_its_place) {
  const std::string text = "\n" + contents(packaging / "systemd/sandbox.conf");
  for (const char* line :
       {"User=opt-data", "ProtectSystem=strict", "NoNewPrivileges=yes",
        "CapabilityBoundingSet=", "StateDirectory=opt-data", "Environment=TZ=America/New_York"})
    EXPECT_NE(text.find("\n" + std::string(line) + "\n"), text.npos) << line;
  expect_settings_exist(text, "sandbox.conf");
  expect_settings_exist(contents(packaging / "etc/environment"), "environment");
}

TEST(Units, the_timer_starts_a_unit_there_is) {
  const auto units = found(contents(packaging / "systemd/opt-data.timer"), "^Unit=(.*)$");
  ASSERT_EQ(units.size(), 1u);
  EXPECT_TRUE(fs::exists(packaging / "systemd" / (units.front() + ".in"))) << units.front();
}

TEST(Container, runs_what_the_program_understands) {
  const fs::path folder = packaging / "docker";
  for (const auto& [name, pattern] :
       {std::pair{"Dockerfile", R"(^CMD \[(.*)\]$)"},
        {"compose.yml", R"(^    command: \[(.*)\]$)"}}) {
    const std::string text = contents(folder / name);
    const auto lists = found(text, pattern);
    ASSERT_EQ(lists.size(), 1u) << name;
    expect_understood(found(lists.front(), "\"([^\"]*)\""), name);
    expect_settings_exist(text, name);
  }
}

TEST(Container, is_made_from_what_is_there) {
  const std::string docker = contents(packaging / "docker/Dockerfile");
  for (const std::string& target : found(docker, R"(^RUN make ([a-z-]+)$)"))
    EXPECT_FALSE(found(contents(source / "Makefile"), "^(" + target + "):").empty()) << target;
  EXPECT_EQ(found(docker, R"(^RUN make ([a-z-]+)$)").size(), 1u);
  const std::string compose = contents(packaging / "docker/compose.yml");
  const auto context = found(compose, "^ +context: (.*)$"),
             file = found(compose, "^ +dockerfile: (.*)$");
  ASSERT_EQ(context.size(), 1u);
  ASSERT_EQ(file.size(), 1u);
  EXPECT_TRUE(fs::exists(packaging / "docker" / context.front() / file.front())) << file.front();
  EXPECT_EQ(compose.find('\t'), compose.npos) << "YAML has no tabs";
}

// A key of the list and what stands behind it, from Apple's XML.
TEST(Launchd, is_xml_and_starts_what_the_program_understands) {
  std::istringstream in(contents(packaging / "launchd/opt-data.schedule.plist"));
  boost::property_tree::ptree tree;
  ASSERT_NO_THROW(boost::property_tree::read_xml(in, tree));
  std::string key;
  std::vector<std::string> arguments;
  for (const auto& [name, node] : tree.get_child("plist.dict")) {
    if (name == "key") key = node.data();
    if (name != "array" || key != "ProgramArguments") continue;
    for (const auto& [inner, argument] : node) arguments.push_back(argument.data());
  }
  ASSERT_GT(arguments.size(), 1u);
  EXPECT_TRUE(arguments.front().ends_with("/opt-data"));
  arguments.erase(arguments.begin());
  expect_understood(arguments, "opt-data.schedule.plist");
}

TEST(Package, has_a_conffile_for_every_file_below_etc) {
  const std::string cmake = contents(source / "cmake/Packaging.cmake");
  const auto files = found(cmake, R"(/etc/opt-data/([a-z_.-]+)\\n)");
  const std::set<std::string> named(files.begin(), files.end());
  EXPECT_EQ(
      named, (std::set<std::string>{
                 "closures.toml", "corporate_actions.csv", "environment", "opt-data.toml",
                 "stages.toml", "universe.csv"}));
}

}  // namespace
}  // namespace opt_data::app
