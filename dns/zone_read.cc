#include "dns/rdata_text.h"
#include "dns/zone.h"

// What a zone says; zone.cc changes it.
namespace naru::dns {
namespace {

bool same_node(const Node& a, const Node& b) {
  return a.children == b.children && a.holds == b.holds && *a.records == *b.records;
}

}  // namespace

const RecordSet* Zone::find(std::string_view name) const {
  const Node* node = names_.find(name);
  return node != nullptr ? node->records.get() : nullptr;
}

Found Zone::place(std::string_view name, std::span<const std::uint8_t> labels, const RecordSet* records) const {
  const Origin* origin = origins_->find(name, labels);
  if (origin != nullptr) return {origin, records, origin->apex.wire().size()};
  if (records != nullptr) return {&origins_->lone, records, name.size()};
  // An endpoint's address may be anywhere, so that until all are known any reverse name may be one.
  if (!synced_ && is_reverse(name, labels)) return {&origins_->lone, nullptr, name.size()};
  return {};
}

void Zone::for_each_change(const Zone& before, const Zone& after,
                           const std::function<void(const RecordSet*, const RecordSet*)>& on_change) {
  const auto records_of = [](const Node* node) { return node != nullptr ? node->records.get() : nullptr; };
  diff(before.names_, after.names_, [&](const Name&, const Node* was, const Node* is) {
    if (records_of(was) != records_of(is)) on_change(records_of(was), records_of(is));
  });
}

void Zone::for_each_record(const std::function<void(const RecordText&)>& visit) const {
  for (const Origin& zone : origins_->zones) {
    visit({zone.apex.text(), "SOA", ttl(), rdata_text(Type::soa, soa_rdata(*origins_, serial_))});
  }
  if (pod_names_ == PodNames::verified) for_each_pod(visit);
  names_.for_each([&](const Name& name, const Node& node) {
    for (const RrSet& set : node.records->sets()) {
      node.records->for_each(set, [&](std::string_view record) {
        visit({name.text(), to_string(set.type), ttl(), rdata_text(set.type, record.substr(kRecordHead))});
      });
    }
  });
}

void Zone::for_each_name(const Zone& zone, const std::function<void(const RecordSet&)>& visit) {
  zone.names_.for_each([&](const Name&, const Node& node) { visit(*node.records); });
}

bool same_content(const Zone& a, const Zone& b) {
  bool same = a.services_.size() == b.services_.size() && a.pods_.size() == b.pods_.size() &&
              a.pods_by_address_.size() == b.pods_by_address_.size();
  diff(a.names_, b.names_, [&](const Name&, const Node* was, const Node* is) {
    const bool equal = was != nullptr && is != nullptr && same_node(*was, *is);
    same = same && equal;
  });
  return same;
}

}  // namespace naru::dns
