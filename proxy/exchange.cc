#include "proxy/exchange.h"

#include "proxy/http_glance.h"

namespace naru::proxy {

void Exchange::client_sent(std::string_view bytes) {
  if (!followed_) return;
  if (answered_) begin_next();
  if (!complete_) return;
  if (request_.size() + bytes.size() > kRequestLimit) return give_up();
  request_.append(bytes);
}

void Exchange::endpoint_sent(std::string_view bytes) {
  if (!answered_) begin_answer();
  if (!followed_) return;
  answer_size_ += bytes.size();
  if (answer_.size() < kAnswerLimit) answer_.append(bytes.substr(0, kAnswerLimit - answer_.size()));
}

void Exchange::client_spliced() {
  if (!followed_) return;
  if (answered_) begin_next();
  give_up();
}

void Exchange::endpoint_spliced(std::uint64_t size) {
  if (!answered_) begin_answer();
  answer_size_ += size;
}

bool Exchange::previous_whole() const {
  return followed_ && !answered_ && is_one_whole_answer(answer_, answer_size_);
}

void Exchange::begin_next() {
  answered_ = false;
  complete_ = true;
  request_.clear();
}

void Exchange::begin_answer() {
  answered_ = true;
  if (first_) followed_ = complete_ && is_one_repeatable_request(request_);
  first_ = false;
  answer_.clear();
  answer_size_ = 0;
  if (!followed_) give_up();
}

void Exchange::give_up() {
  complete_ = false;
  if (request_.capacity() > 0) std::string().swap(request_);
}

}  // namespace naru::proxy
