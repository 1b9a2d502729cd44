// Which HTTP a connection speaks: HTTP/2 with prior knowledge begins with a preface that no HTTP/1 request begins with.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>
#include <string_view>

#include "demo/connections.h"
#include "demo/pod.h"

namespace naru::demo {

enum class Preface { no, maybe, yes };
/// Whether a connection that begins so is an HTTP/2 one (RFC 9113, 3.4).
[[nodiscard]] Preface preface_of(std::string_view first);

/// Reads until that is known, and hands the connection on.
class FirstBytes final : public Connections::Member, public std::enable_shared_from_this<FirstBytes> {
 public:
  FirstBytes(boost::asio::ip::tcp::socket socket, Pod& pod, Connections& connections);

  void read();
  void close() override { stream_.close(); }
  void drain() override;

 private:
  void take(std::size_t size);
  void hand_on(Preface preface);

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  Pod& pod_;
  Connections& connections_;
};

}  // namespace naru::demo
