#include "runtime/flow_handover.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "runtime/nft_context.h"

namespace naru::runtime {

struct FlowHandover::Nft {
  NftContext context{make_nft_context()};
  std::string table{fmt::format("naru-handover-{}", ::getpid())};
  bool exists{};
};

FlowHandover::FlowHandover() : nft_(std::make_unique<Nft>()) {}
FlowHandover::~FlowHandover() = default;

Result<void> FlowHandover::hold(const std::map<IpAddress, IpAddress>& previous_nodes) {
  if (previous_nodes == held_) return {};
  std::set<IpAddress> newly;
  for (const auto& [address, node] : previous_nodes) {
    if (!held_.contains(address)) newly.insert(address);
  }
  auto own = tcp_flows(newly);
  if (!own) return own.error();
  std::erase_if(own_, [&](const TcpFlow& flow) { return !previous_nodes.contains(flow.local.ip); });
  own_.insert(own->begin(), own->end());
  auto done = run(handover_script(nft_->table, previous_nodes, own_, nft_->exists));
  if (done) {
    held_ = previous_nodes;
    nft_->exists = !held_.empty();
  }
  return done;
}

Result<void> FlowHandover::run(const std::string& script) {
  if (script.empty()) return {};
  const auto done = run_nft(nft_->context.get(), script);
  if (done) return {};
  return Error{done.error().code,
               "cannot hand connections over by nftables (it needs CAP_NET_ADMIN): " + done.error().message};
}

}  // namespace naru::runtime
