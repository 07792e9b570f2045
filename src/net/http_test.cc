#include "net/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <filesystem>

#include "net/tcp_transport.h"

namespace opt_data::net {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

template <typename T>
T wait(asio::io_context& io, asio::awaitable<T> work) {
  std::optional<T> result;
  asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown, T value) {
    if (!thrown) result = std::move(value);
    io.stop();
  });
  io.restart();
  io.run();
  return *std::move(result);
}

TEST(Url, is_read_with_its_defaults) {
  EXPECT_EQ(
      parse_url("https://hooks.example.com/services/T0/B0?x=1#part").value(),
      (Url{true, "hooks.example.com", 443, "/services/T0/B0?x=1"}));
  EXPECT_EQ(parse_url("http://127.0.0.1:8080").value(), (Url{false, "127.0.0.1", 8080, "/"}));
  EXPECT_EQ(parse_url("http://[::1]:81/a").value(), (Url{false, "::1", 81, "/a"}));
  EXPECT_EQ(parse_url("http://host?q").value(), (Url{false, "host", 80, "/?q"}));
}

TEST(Url, that_is_wrong_is_not_repeated) {
  for (const char* text :
       {"ftp://secret/", "secret", "https://", "https://user:secret@host/", "http://secret:0/",
        "http://secret:99999/", "http://[::1/secret", "http://host/secret\r\nX: y", ""}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().kind, ErrorKind::invalid_input);
    EXPECT_THAT(url.error().message, Not(HasSubstr("secret")));
  }
}

class Http : public testing::Test {
 protected:
  void serve(HttpServer::Handler handler, HttpServerOptions options = {}) {
    server = HttpServer::bind(io.get_executor(), "127.0.0.1", 0, options).value();
    server->start(std::move(handler));
  }
  HttpPost post_to(std::uint16_t port) {
    HttpPost post;
    post.url = Url{false, "127.0.0.1", port, "/hook/secret"};
    post.body = R"({"text":"x"})";
    post.timeout = 30s;
    return post;
  }

  asio::io_context io;
  std::unique_ptr<HttpServer> server;
};

TEST_F(Http, a_post_arrives_as_it_was_sent) {
  std::vector<HttpRequest> seen;
  serve([&](const HttpRequest& request) {
    seen.push_back(request);
    return HttpResponse{204, "text/plain", "", {}};
  });
  HttpPost post = post_to(server->port());
  post.headers = {{"Idempotency-Key", "k1"}};
  const auto answer = wait(io, http_post(post));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->accepted());
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].method, "POST");
  EXPECT_EQ(seen[0].target, "/hook/secret");
  EXPECT_EQ(seen[0].body, post.body);
  EXPECT_EQ(seen[0].header("idempotency-key"), "k1");
  EXPECT_EQ(seen[0].header("host"), fmt::format("127.0.0.1:{}", server->port()));
}

TEST_F(Http, a_refusal_says_when_to_come_again) {
  serve([](const HttpRequest&) {
    return HttpResponse{429, "text/plain", "slow down", {{"Retry-After", "17"}}};
  });
  const auto answer = wait(io, http_post(post_to(server->port())));
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->accepted());
  EXPECT_EQ(answer->status, 429);
  EXPECT_EQ(answer->retry_after, 17s);
}

TEST_F(Http, a_redirection_is_not_followed) {
  int asked = 0;
  serve([&](const HttpRequest&) {
    ++asked;
    return HttpResponse{302, "text/plain", "", {{"Location", "http://127.0.0.1:1/elsewhere"}}};
  });
  EXPECT_EQ(wait(io, http_post(post_to(server->port())))->status, 302);
  EXPECT_EQ(asked, 1);
}

TEST_F(Http, nobody_there_is_unavailable_and_keeps_the_path_secret) {
  serve({});
  const std::uint16_t port = server->port();
  server.reset();
  const auto answer = wait(io, http_post(post_to(port)));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(answer.error().message, HasSubstr(fmt::format("127.0.0.1:{}", port)));
  EXPECT_THAT(answer.error().message, Not(HasSubstr("secret")));
}

TEST_F(Http, a_peer_that_stays_silent_is_given_up) {
  auto listener = TcpListener::bind(io.get_executor(), "127.0.0.1", 0).value();
  HttpPost post = post_to(listener->port());
  post.timeout = 150ms;
  const auto answer = wait(io, http_post(post));
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("no answer within 150 ms"));
}

asio::awaitable<std::string> say(std::uint16_t port, std::string text) {
  asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
  const asio::ip::tcp::endpoint there(asio::ip::address_v4::loopback(), port);
  (void)co_await socket.async_connect(there, asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
  std::string all;
  try {
    for (;;) {
      std::array<char, 4096> bytes{};
      const std::size_t size =
          co_await socket.async_read_some(asio::buffer(bytes), asio::use_awaitable);
      all.append(bytes.data(), size);
    }
  } catch (const std::exception&) {
    co_return all;  // The server closed, which is what the caller waits for.
  }
}

TEST_F(Http, the_server_answers_several_requests_of_one_connection) {
  int asked = 0;
  serve([&](const HttpRequest&) {
    ++asked;
    return HttpResponse{200, "text/plain", "hello", {}};
  });
  const std::string get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string head = "HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const std::string all = wait(io, say(server->port(), get + head));
  EXPECT_EQ(asked, 2);
  EXPECT_THAT(all, HasSubstr("\r\n\r\nhello"));
  EXPECT_THAT(all.substr(all.find("hello") + 5), Not(HasSubstr("hello"))) << "HEAD has no body";
  EXPECT_THAT(all.substr(all.find("hello") + 5), HasSubstr("Content-Length: 5"));
}

TEST_F(Http, the_server_is_patient_with_nobody) {
  int asked = 0;
  serve(
      [&](const HttpRequest&) {
        ++asked;
        return HttpResponse{};
      },
      {.body_max = 100, .patience = 1s});
  (void)wait(io, say(server->port(), "GET / HTTP/1.1\r\nHost: "));
  (void)wait(io, say(server->port(), "\x16\x03\x01 not HTTP at all\r\n\r\n"));
  (void)wait(
      io, say(server->port(), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" +
                                  std::string(1000, 'x')));
  (void)wait(
      io, say(server->port(), "GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"));
  EXPECT_EQ(asked, 0);
}

class Countdown : public HttpPieces {
 public:
  Countdown(int from, bool breaks) : left_(from), breaks_(breaks) {}
  asio::awaitable<Result<std::optional<std::string>>> next() override {
    if (left_ == 0 && breaks_) co_return fail(ErrorKind::storage, "the disk is gone");
    if (left_ == 0) co_return std::nullopt;
    co_return fmt::format("{},", left_--);
  }

 private:
  int left_;
  bool breaks_;
};

TEST_F(Http, a_body_in_pieces_ends_with_its_last_one) {
  serve([](const HttpRequest& request) {
    HttpResponse response;
    response.pieces = std::make_shared<Countdown>(3, request.target == "/breaks");
    return response;
  });
  const std::string get = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  EXPECT_THAT(
      wait(io, say(server->port(), get)),
      testing::EndsWith("\r\n\r\n2\r\n3,\r\n2\r\n2,\r\n2\r\n1,\r\n0\r\n\r\n"));
  const std::string broken =
      wait(io, say(server->port(), "GET /breaks HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_THAT(broken, HasSubstr("1,\r\n"));
  EXPECT_THAT(broken, Not(HasSubstr("0\r\n\r\n"))) << "what is not whole must not look whole";
  const std::string old = wait(io, say(server->port(), "GET / HTTP/1.0\r\n\r\n"));
  EXPECT_THAT(old, testing::EndsWith("\r\n\r\n3,2,1,"));
}

TEST_F(Http, whoever_only_waits_makes_room) {
  serve([](const HttpRequest&) { return HttpResponse{}; }, {.connections_max = 3});
  std::vector<asio::ip::tcp::socket> idle;
  const asio::ip::tcp::endpoint there(asio::ip::address_v4::loopback(), server->port());
  for (int i = 0; i < 10; ++i) {
    idle.emplace_back(io);
    idle.back().connect(there);
  }
  const std::string get = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  EXPECT_THAT(wait(io, say(server->port(), get)), HasSubstr("200 OK"));
  EXPECT_LE(server->connections(), 3);
}

TEST_F(Http, an_old_connection_is_closed_after_its_answer) {
  serve([](const HttpRequest&) { return HttpResponse{}; }, {.age_max = -1s});
  const std::string get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  EXPECT_THAT(wait(io, say(server->port(), get + get)), HasSubstr("Connection: close"));
}

// ---- https

// A key and a certificate of our own for 127.0.0.1, as PEM.
struct Identity {
  std::string key, certificate;
};
Identity make_identity() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_set_version(certificate, 2);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(
      name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("127.0.0.1"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  for (const auto& [what, value] :
       {std::pair{NID_subject_alt_name, "IP:127.0.0.1"}, {NID_basic_constraints, "CA:TRUE"}}) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(certificate, key, EVP_sha256());
  const auto text_of = [](auto write) {
    BIO* bio = BIO_new(BIO_s_mem());
    write(bio);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
  };
  Identity identity;
  identity.key = text_of(
      [&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
  identity.certificate = text_of([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); });
  X509_free(certificate);
  EVP_PKEY_free(key);
  return identity;
}

asio::awaitable<void> serve_tls(
    asio::ip::tcp::acceptor& acceptor, asio::ssl::context& context, std::string& seen) {
  for (;;) {
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::ssl::stream<asio::ip::tcp::socket> stream(std::move(socket), context);
    try {
      (void)co_await stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
      co_await asio::async_read_until(stream, asio::dynamic_buffer(seen), "}", asio::use_awaitable);
      const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
      co_await asio::async_write(stream, asio::buffer(answer), asio::use_awaitable);
    } catch (const std::exception&) {
      continue;  // A client that does not trust us hangs up.
    }
  }
}

TEST_F(Http, over_tls_reaches_only_who_can_be_trusted) {
  const Identity identity = make_identity();
  asio::ssl::context context(asio::ssl::context::tls_server);
  context.use_certificate_chain(asio::buffer(identity.certificate));
  context.use_private_key(asio::buffer(identity.key), asio::ssl::context::pem);
  const asio::ip::tcp::endpoint here(asio::ip::address_v4::loopback(), 0);
  asio::ip::tcp::acceptor acceptor(io, here);
  std::string seen;
  asio::co_spawn(io, serve_tls(acceptor, context, seen), asio::detached);
  HttpPost post = post_to(acceptor.local_endpoint().port());
  post.url.tls = true;

  const auto stranger = wait(io, http_post(post));
  ASSERT_FALSE(stranger);
  EXPECT_THAT(stranger.error().message, HasSubstr("no TLS session"));
  EXPECT_EQ(seen, "");

  const auto file =
      std::filesystem::temp_directory_path() / fmt::format("opt-data-trust-{}.pem", ::getpid());
  std::FILE* out = std::fopen(file.c_str(), "w");
  ASSERT_NE(out, nullptr);
  std::fputs(identity.certificate.c_str(), out);
  std::fclose(out);
  ::setenv("SSL_CERT_FILE", file.c_str(), 1);
  const auto known = wait(io, http_post(post));
  ::unsetenv("SSL_CERT_FILE");
  std::filesystem::remove(file);
  ASSERT_TRUE(known) << known.error().message;
  EXPECT_TRUE(known->accepted());
  EXPECT_THAT(seen, HasSubstr("POST /hook/secret"));
  acceptor.close();
}

}  // namespace
}  // namespace opt_data::net
