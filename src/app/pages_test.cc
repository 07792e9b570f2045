#include "app/pages.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <set>

#include "app/command.h"
#include "app/config.h"
#include "base/text.h"
#include "store/disk.h"
#include "store/ledger_fixture.h"

namespace opt_data::app {
namespace {

class Pages : public testing::Test {
 protected:
  Pages() { add_all_commands(cli_); }

  // What bash offers at the end of `line`.
  std::set<std::string> offered_by_bash(const std::string& line) {
    const auto file = folder_ / "opt-data.bash";
    EXPECT_TRUE(store::RealDisk{}.write(file, bash_completion(cli_.root)));
    const std::string command = fmt::format(
        "bash -c 'set -u; . \"{}\"; COMP_WORDS=({}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); "
        "_opt_data; printf \"%s\\n\" \"${{COMPREPLY[@]}}\"'",
        file.string(), line);
    std::set<std::string> words;
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string text;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += static_cast<char>(c);
    EXPECT_EQ(::pclose(pipe), 0) << line;
    for (const std::string_view word : split(text, '\n'))
      if (!word.empty()) words.emplace(word);
    return words;
  }

  Cli cli_;
  store::TemporaryFolder folder_;
};

TEST_F(Pages, know_the_verbs_inside_verbs_and_the_options_of_groups) {
  std::set<std::string> verbs, options;
  for (const PageVerb& verb : page_verbs(cli_.root)) {
    verbs.insert(verb.name);
    for (const PageOption& option : verb.options)
      for (const std::string& name : option.names) options.insert(verb.name + " " + name);
  }
  for (const char* verb : {"", "demo", "sim serve", "contracts build", "ledger rebuild"})
    EXPECT_TRUE(verbs.contains(verb)) << verb;
  for (const char* option :
       {" --config", "schedule --live", "schedule --no-allow-delayed", "export --layout"})
    EXPECT_TRUE(options.contains(option)) << option;
}

TEST_F(Pages, all_have_every_verb_and_every_option) {
  const std::string man = man_page(cli_.root, "opt-data 1.2.3"), bash = bash_completion(cli_.root),
                    zsh = zsh_completion(cli_.root), fish = fish_completion(cli_.root);
  for (const PageVerb& verb : page_verbs(cli_.root)) {
    if (!verb.name.empty()) {
      EXPECT_NE(man.find("\"opt\\-data " + verb.name + "\"\n"), man.npos) << verb.name;
      EXPECT_NE(fish.find(" '" + verb.name + "'"), fish.npos) << verb.name;
    }
    for (const std::string& text : {bash, zsh})
      EXPECT_NE(text.find("    \"" + verb.name + "\") "), text.npos) << verb.name;
    for (const PageOption& option : verb.options)
      for (const std::string& name : option.names) {
        EXPECT_NE(bash.find(name), bash.npos) << name;
        EXPECT_NE(zsh.find("'" + name + ":"), zsh.npos) << name;
        EXPECT_NE(fish.find(name.substr(name.find_first_not_of('-'))), fish.npos) << name;
      }
  }
}

// A line that begins with a dot or an apostrophe would be a request to roff and would not be shown.
TEST_F(Pages, no_description_is_taken_for_a_request_by_man) {
  const std::set<std::string> requests{".TH", ".SH", ".SS", ".TP", ".B",
                                       ".I",  ".IR", ".BR", ".PP", ".\\\""};
  const std::string man = man_page(cli_.root, "opt-data 1.2.3");
  for (const std::string_view line : split(man, '\n')) {
    EXPECT_FALSE(line.starts_with("'")) << line;
    if (line.starts_with(".")) {
      EXPECT_TRUE(requests.contains(std::string(line.substr(0, line.find(' '))))) << line;
    }
  }
}

TEST_F(Pages, let_bash_offer_what_fits) {
  EXPECT_TRUE(offered_by_bash("opt-data sch").contains("schedule"));
  EXPECT_EQ(offered_by_bash("opt-data sim so"), (std::set<std::string>{"soak"}));
  EXPECT_EQ(offered_by_bash("opt-data schedule --li"), (std::set<std::string>{"--live"}));
  EXPECT_EQ(offered_by_bash("opt-data --json report --ht"), (std::set<std::string>{"--html"}));
  EXPECT_EQ(
      offered_by_bash("opt-data demo --market \"\""),
      (std::set<std::string>{"recording", "synthetic"}));
  EXPECT_EQ(offered_by_bash("opt-data qa --date y"), (std::set<std::string>{"yesterday"}));
  EXPECT_TRUE(store::RealDisk{}.write(folder_ / "mine.toml", ""));
  const std::string mine = (folder_ / "mine.toml").string();
  EXPECT_EQ(
      offered_by_bash("opt-data --config " + mine.substr(0, mine.size() - 3)),
      (std::set<std::string>{mine}));
}

TEST_F(Pages, keep_what_is_installed_in_its_two_folders) {
  const auto file = folder_ / "opt-data.toml";
  ASSERT_TRUE(store::RealDisk{}.write(file, installed_configuration("/etc/x", "/var/lib/x")));
  ConfigRequest request;
  request.file = file;
  request.environment = [](const char*) -> const char* { return nullptr; };
  const auto config = load_config(request);
  ASSERT_TRUE(config) << config.error().message;
  const Settings& settings = config->settings;
  for (const auto& path :
       {settings.raw, settings.clean, settings.state, settings.contracts_cache, settings.run_logs})
    EXPECT_TRUE(path.string().starts_with("/var/lib/x/")) << path;
  for (const auto& path :
       {settings.universe_file, settings.corporate_actions, settings.closures,
        settings.stages_file})
    EXPECT_EQ(path.parent_path(), "/etc/x") << path;
}

}  // namespace
}  // namespace opt_data::app
