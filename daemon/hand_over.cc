#include "daemon/hand_over.h"

#include <unistd.h>

#include <string_view>
#include <utility>

#include "base/log.h"
#include "daemon/http_client.h"
#include "runtime/message_socket.h"

namespace naru::daemon {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kTakeOver = "take over 1";  // and the version of what follows
constexpr std::string_view kReady = "ready ";
constexpr std::string_view kReleased = "released";
constexpr std::string_view kRefused = "refused ";
constexpr std::string_view kEstateFollows = "estate";
constexpr auto kTimeout = 5000ms;   // of one message
constexpr auto kProbeTimeout = 2s;  // for the next naru's first answer

/// Whether the naru at `admin_socket` answers; why not.
std::optional<std::string> fault_of(const std::string& admin_socket) {
  const auto answer = http_get(admin_socket, "/v1/status", kProbeTimeout);
  if (!answer) return answer.error().message;
  if (answer->status != 200) return "it answered with status " + std::to_string(answer->status);
  return std::nullopt;
}

/// What a message says after `prefix`, if it begins so.
std::optional<std::string> after(const Result<runtime::Message>& message, std::string_view prefix) {
  if (!message || !message->text.starts_with(prefix)) return std::nullopt;
  return message->text.substr(prefix.size());
}

}  // namespace

// ---- giving ----

Result<void> HandOver::listen(const std::string& path) {
  auto fd = runtime::listen_messages(path);
  if (!fd) return fd.error();
  path_ = path;
  listener_.emplace(io_, fd->release());
  accept();
  return {};
}

void HandOver::close() {
  if (listener_) ::unlink(path_.c_str());
  listener_.reset();
  asking_.reset();
  next_.reset();
}

void HandOver::accept() {
  listener_->async_wait(Descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    if (auto next = runtime::accept_messages(listener_->native_handle(), kTimeout)) {
      asking_.emplace(io_, next.release());
      await_question();
    }
    accept();
  });
}

/// Who connects and says nothing must not hold up all else.
void HandOver::await_question() {
  asking_->async_wait(Descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    runtime::UniqueFd next(asking_->release());
    asking_.reset();
    begin(std::move(next));
  });
}

void HandOver::begin(runtime::UniqueFd next) {
  if (!after(runtime::receive_message(next.get()), kTakeOver)) return;
  if (next_) {
    (void)runtime::send_message(next.get(), std::string(kRefused) + "another process is taking over already");
    return;
  }
  log::info("another process asks to take over");
  const auto sent = runtime::send_message(next.get(), kEstateFollows);
  if (!sent || !send_estate(next.get(), owner_.share())) return log::warn("it is gone: serving on");
  next_.emplace(io_, next.release());
  await_ready();
}

void HandOver::await_ready() {
  next_->async_wait(Descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (!error) on_ready();
  });
}

void HandOver::on_ready() {
  const auto admin_socket = after(runtime::receive_message(next_->native_handle()), kReady);
  const auto fault = admin_socket ? fault_of(*admin_socket) : "it has gone before it was ready";
  if (fault) {
    log::warn("the process that was to take over does not: {}; serving on", *fault);
    if (admin_socket) (void)runtime::send_message(next_->native_handle(), std::string(kRefused) + *fault);
    next_.reset();
    return;
  }
  ::unlink(path_.c_str());  // the next one waits there from now on
  listener_.reset();
  owner_.release();
  (void)runtime::send_message(next_->native_handle(), kReleased);
  next_.reset();
}

// ---- taking ----

Result<Estate> TakeOver::begin(const std::string& path) {
  auto fd = runtime::connect_messages(path, kTimeout);
  if (!fd) return fd.error();
  if (auto sent = runtime::send_message(fd->get(), kTakeOver); !sent) return sent.error();
  const auto first = runtime::receive_message(fd->get());
  if (!first) return first.error();
  if (const auto why = after(first, kRefused)) return Error{Errc::conflict, *why};
  auto estate = receive_estate(fd->get());
  if (estate) other_.emplace(io_, fd->release());
  return estate;
}

void TakeOver::finish(const std::string& admin_socket, std::function<void(Result<void>)> on_end) {
  if (auto sent = runtime::send_message(other_->native_handle(), std::string(kReady) + admin_socket); !sent) {
    return on_end(sent);
  }
  other_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this, on_end = std::move(on_end)](const boost::system::error_code& error) {
                       if (error) return;
                       const auto answer = runtime::receive_message(other_->native_handle());
                       other_.reset();
                       if (after(answer, kReleased)) return on_end({});
                       const auto why = after(answer, kRefused);
                       on_end(Error{Errc::unavailable, why ? *why : answer ? answer->text : answer.error().message});
                     });
}

}  // namespace naru::daemon
