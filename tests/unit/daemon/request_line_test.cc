#include "daemon/request_line.h"

#include <catch2/catch.hpp>

#include "fake_view.h"

namespace naru::daemon {
namespace {

using namespace std::chrono_literals;

proxy::ServicePort web() {
  proxy::ServicePort port;
  port.service = {"shop", "web"};
  port.port_name = "http";
  return port;
}

proxy::RequestRecord answered() {
  proxy::RequestRecord record;
  record.method_text = "GET";
  record.path = "/cart?id=1";
  record.authority = "web.shop";
  record.status = 200;
  record.attempts = 2;
  record.bytes_sent = 12;
  record.duration = 3214400ns;
  record.first_byte = 3ms;
  record.client = at("127.0.0.1:51000");
  record.endpoint = at("127.1.0.1:8080");
  record.request_id = "0123";
  record.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  return record;
}

std::string line_of(const proxy::RequestRecord& record) {
  return request_line(record, web(), at("127.96.0.17:80"), {});
}

TEST_CASE("a line says who asked whom for what, and what came of it") {
  CHECK(line_of(answered()) ==
        R"({"time":"1970-01-01T00:00:00.000Z","type":"request","namespace":"shop","service":"web","portName":"http",)"
        R"("client":"127.0.0.1:51000","address":"127.96.0.17:80","endpoint":"127.1.0.1:8080","protocol":"HTTP/1.1",)"
        R"("endpointProtocol":"HTTP/1.1","method":"GET","authority":"web.shop","path":"/cart?id=1","status":200,)"
        R"("requestId":"0123","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","attempts":2,)"
        R"("bytesReceived":0,"bytesSent":12,"durationMicroseconds":3214,"firstByteMicroseconds":3000})");
}

TEST_CASE("a request that naru answered has its reason and no endpoint") {
  proxy::RequestRecord record = answered();
  record.endpoint = {};
  record.status = 503;
  record.reason = http::Reason::no_endpoint;
  record.first_byte.reset();
  const std::string line = line_of(record);
  CHECK(line.find(R"("endpoint":null,"protocol":"HTTP/1.1","method")") != std::string::npos);
  CHECK(line.find(R"("status":503,"reason":"no_endpoint")") != std::string::npos);
  CHECK(line.find("firstByte") == std::string::npos);
}

TEST_CASE("what is out of the ordinary is told") {
  proxy::RequestRecord record = answered();
  record.client_version = http::Version::http2;
  record.grpc_status = 14;
  record.client_gone = record.broken_off = record.tunnel = true;
  const std::string line = line_of(record);
  CHECK(line.find(R"("protocol":"HTTP/2")") != std::string::npos);
  CHECK(line.find(R"("grpcStatus":14)") != std::string::npos);
  CHECK(line.ends_with(R"("clientGone":true,"brokenOff":true,"tunnel":true})"));
}

TEST_CASE("a line is JSON whatever the client sent") {
  proxy::RequestRecord record = answered();
  record.path = "/\"\\\xff\xc3\xa4";
  record.request_id = "\x80";
  const std::string line = line_of(record);
  CHECK(line.find(R"("path":"/\"\\%FF%C3%A4")") != std::string::npos);
  CHECK(line.find(R"("requestId":"%80")") != std::string::npos);
}

}  // namespace
}  // namespace naru::daemon
