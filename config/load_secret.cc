#include "config/base64.h"
#include "config/load_advertisement.h"
#include "config/load_meta.h"
#include "config/loaders.h"

namespace naru::config {
namespace {

/// What a Secret holds is nobody's affair but its user's: no other value of it is read, checked or named in a message.
void load_password(const Field& object, Secret& secret) {
  const Field data = object["data"];
  const Field plain = object["stringData"];
  if (data.is_map()) {
    const Field password = data["password"];
    if (const auto given = load_confidential(password)) {
      secret.password = decode_base64(*given);
      if (!secret.password) password.fail("must be base64 (RFC 4648); stringData takes the text as it is");
    }
  }
  if (!plain.is_map()) return;
  const Field password = plain["password"];
  if (auto given = load_confidential(password)) secret.password = std::move(*given);
}

}  // namespace

std::shared_ptr<const Secret> load_secret(const Field& object, Meta meta) {
  auto secret = std::make_shared<Secret>();
  secret->meta = std::move(meta);
  secret->type = object["type"].text_or("");
  if (secret->type == "kubernetes.io/basic-auth") load_password(object, *secret);
  return secret;
}

}  // namespace naru::config
