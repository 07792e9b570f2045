#include "notify/channel.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <utility>

#include "base/text.h"

extern char** environ;

namespace opt_data::notify {
namespace {

class Webhook : public Channel {
 public:
  Webhook(std::string name, WebhookKind kind, net::Url url, std::chrono::milliseconds timeout)
      : name_(std::move(name)), kind_(kind), url_(std::move(url)), timeout_(timeout) {}
  const std::string& name() const override { return name_; }
  asio::awaitable<Delivery> send(Alert alert) override;

 private:
  std::string body_of(const Alert& alert) const {
    if (kind_ == WebhookKind::slack) return slack_json(alert);
    return kind_ == WebhookKind::discord ? discord_json(alert) : json_of(alert);
  }
  const std::string name_;
  const WebhookKind kind_;
  const net::Url url_;
  const std::chrono::milliseconds timeout_;
};

asio::awaitable<Delivery> Webhook::send(Alert alert) {
  net::HttpPost post;
  post.url = url_;
  post.headers = {{"Idempotency-Key", alert.key}};
  post.body = body_of(alert);
  post.timeout = timeout_;
  const auto answer = co_await net::http_post(std::move(post));
  Delivery delivery;
  if (!answer) {
    delivery.why = answer.error().message;
    co_return delivery;
  }
  delivery.accepted = answer->accepted();
  delivery.retry_after = answer->retry_after;
  // What a receiver says of the request itself will not be otherwise in half a minute.
  const bool passing = answer->status == 408 || answer->status == 429;
  delivery.hopeless = answer->status >= 300 && answer->status < 500 && !passing;
  if (!delivery.accepted)
    delivery.why = fmt::format("{} answered HTTP {}", url_.place(), answer->status);
  co_return delivery;
}

// An open file that goes away with its last reader.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }

 private:
  int number_;
};

// In memory, so that neither a program that does not read its input nor one that talks too much
// holds up anybody.
Descriptor memory_file(std::string_view content) {
  Descriptor file(::memfd_create("alert", MFD_CLOEXEC));
  while (file.get() >= 0 && !content.empty()) {
    const ssize_t size = ::write(file.get(), content.data(), content.size());
    if (size <= 0) break;
    content.remove_prefix(static_cast<std::size_t>(size));
  }
  if (file.get() >= 0) ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string first_line(const Descriptor& file) {
  std::array<char, 300> bytes{};
  const ssize_t size = ::pread(file.get(), bytes.data(), bytes.size(), 0);
  if (size <= 0) return "";
  const std::string_view text(bytes.data(), static_cast<std::size_t>(size));
  return std::string(trim(text.substr(0, text.find('\n'))));
}

// A group of its own, so that what it started ends with it. Empty: it cannot be run, see errno.
std::optional<pid_t> start(
    const std::vector<std::string>& arguments, const Descriptor& in, const Descriptor& complaints) {
  std::vector<char*> argv;
  for (const std::string& word : arguments) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in.get(), 0);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&files, complaints.get(), 2);
  posix_spawnattr_t how;
  posix_spawnattr_init(&how);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setsigmask(&how, &none);
  pid_t child = -1;
  const int error = ::posix_spawnp(&child, argv[0], &files, &how, argv.data(), environ);
  posix_spawnattr_destroy(&how);
  posix_spawn_file_actions_destroy(&files);
  errno = error;
  return error == 0 ? std::optional(child) : std::nullopt;
}

class Program : public Channel {
 public:
  Program(std::string name, std::vector<std::string> arguments, std::chrono::milliseconds timeout)
      : name_(std::move(name)), arguments_(std::move(arguments)), timeout_(timeout) {}
  const std::string& name() const override { return name_; }
  asio::awaitable<Delivery> send(Alert alert) override;

 private:
  const std::string name_;
  const std::vector<std::string> arguments_;
  const std::chrono::milliseconds timeout_;
};

asio::awaitable<Delivery> Program::send(Alert alert) {
  constexpr std::chrono::milliseconds glance{20};
  Delivery delivery;
  const Descriptor in = memory_file(json_of(alert) + "\n"), complaints = memory_file("");
  const auto child = start(arguments_, in, complaints);
  if (!child) {
    delivery.why = fmt::format("{} cannot be run: {}", arguments_[0], reason_of(errno));
    delivery.hopeless = true;
    co_return delivery;
  }
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto late = std::chrono::steady_clock::now() + timeout_;
  int status = 0;
  pid_t ended = 0;
  while ((ended = ::waitpid(*child, &status, WNOHANG)) == 0) {
    if (std::chrono::steady_clock::now() >= late) {
      ::kill(-*child, SIGKILL);
      ::waitpid(*child, &status, 0);
      delivery.why = fmt::format("{} did not end within {} ms", arguments_[0], timeout_.count());
      co_return delivery;
    }
    timer.expires_after(glance);
    (void)co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  delivery.accepted = ended == *child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (delivery.accepted) co_return delivery;
  const std::string said = first_line(complaints);
  delivery.why = fmt::format(
      "{} ended with {} {}{}", arguments_[0], WIFSIGNALED(status) ? "signal" : "code",
      WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
      said.empty() ? "" : ": " + said);
  co_return delivery;
}

}  // namespace

std::unique_ptr<Channel> make_webhook(
    std::string name, WebhookKind kind, net::Url url, std::chrono::milliseconds timeout) {
  return std::make_unique<Webhook>(std::move(name), kind, std::move(url), timeout);
}

std::unique_ptr<Channel> make_command(
    std::string name, std::vector<std::string> arguments, std::chrono::milliseconds timeout) {
  return std::make_unique<Program>(std::move(name), std::move(arguments), timeout);
}

Result<std::vector<std::unique_ptr<Channel>>> make_channels(const ChannelOptions& options) {
  std::vector<std::unique_ptr<Channel>> channels;
  struct Hook {
    const char* name;
    WebhookKind kind;
    const std::string& url;
  };
  for (const Hook& hook :
       {Hook{"slack", WebhookKind::slack, options.slack_url},
        Hook{"discord", WebhookKind::discord, options.discord_url},
        Hook{"webhook", WebhookKind::json, options.webhook_url}}) {
    if (hook.url.empty()) continue;
    auto url = net::parse_url(hook.url);
    if (!url) return fail_within(std::move(url).error(), "the address of {}", hook.name);
    channels.push_back(make_webhook(hook.name, hook.kind, *std::move(url), options.timeout));
  }
  if (!options.command.empty())
    channels.push_back(make_command("command", options.command, options.timeout));
  return channels;
}

}  // namespace opt_data::notify
