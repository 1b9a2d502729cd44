// Messages that no client should send, and some that few do: what NSD, Knot, BIND and unbound agree on, or all but one
// of them.
#include "tests/unit/dns/server_fixture.h"

namespace naru::dns::test {
namespace {

/// A message in parts.
struct Odd {
  std::uint16_t flags{0};
  std::uint16_t questions{1};
  std::uint16_t answers{0};
  std::uint16_t authorities{0};
  std::uint16_t additionals{0};
  Bytes name;
  Type type{Type::a};
  std::uint16_t rr_class{kClassIn};
  Bytes tail;  // behind the question
};

Bytes wire_of(std::string_view name) {
  Bytes bytes;
  put_name(bytes, name);
  return bytes;
}

Bytes built(const Odd& odd) {
  Bytes message;
  for (const std::uint16_t number :
       {std::uint16_t{0x1234}, odd.flags, odd.questions, odd.answers, odd.authorities, odd.additionals}) {
    put(message, number);
  }
  const Bytes name = odd.name.empty() ? wire_of("one.d.svc.cluster.local") : odd.name;
  message.insert(message.end(), name.begin(), name.end());
  put(message, static_cast<std::size_t>(odd.type));
  put(message, odd.rr_class);
  message.insert(message.end(), odd.tail.begin(), odd.tail.end());
  return message;
}

/// An OPT record. `length`: its RDLENGTH, if it is to lie.
Bytes opt(std::uint16_t payload, std::uint8_t version = 0, Bytes options = {}, std::optional<std::size_t> length = {},
          const Bytes& owner = {0}) {
  Bytes record = owner;
  put(record, 41);
  put(record, payload);
  put(record, version);
  put(record, 0);
  put(record, length.value_or(options.size()));
  record.insert(record.end(), options.begin(), options.end());
  return record;
}

Bytes option(std::uint16_t code, std::size_t size) {
  Bytes bytes;
  put(bytes, code);
  put(bytes, size);
  bytes.insert(bytes.end(), size, 'x');
  return bytes;
}

Bytes both(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes cut(Bytes message, std::size_t less) {
  message.resize(message.size() - less);
  return message;
}

Odd with_opt(const Bytes& record) {
  Odd odd;
  odd.additionals = 1;
  odd.tail = record;
  return odd;
}

Odd with(auto change) {
  Odd odd;
  change(odd);
  return odd;
}

Odd opcode(unsigned code) {
  return with([&](Odd& odd) { odd.flags = static_cast<std::uint16_t>(code << 11); });
}

Odd named(Bytes name) {
  return with([&](Odd& odd) { odd.name = std::move(name); });
}

Odd typed(Type type) {
  return with([&](Odd& odd) { odd.type = type; });
}

Odd classed(std::uint16_t rr_class) {
  return with([&](Odd& odd) { odd.rr_class = rr_class; });
}

Odd flagged(std::uint16_t flags) {
  return with([&](Odd& odd) { odd.flags = flags; });
}

/// An A record at the question's name.
const Bytes kRecord{0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 1, 2, 3, 4};

/// A name of so many bytes in wire form below cluster.local.
Bytes name_of(std::size_t size) {
  const std::string label(63, 'a');
  std::string name = label + "." + label + "." + label + ".";
  name += std::string(size - wire_of(name + "x.cluster.local").size() + 1, 'b') + ".cluster.local";
  return wire_of(name);
}

Zone one_name() {
  Zone zone(options());
  zone.set_service(cluster_ip("d", "one", {ip("10.96.0.1")}));
  zone.set_synced(true);
  return zone;
}

TEST_CASE("odd messages, each with what comes back") {
  struct Row {
    const char* why;
    Bytes message;
    const char* outcome;  // "-": nothing
  };
  const Bytes plain = built({});
  const Row rows[] = {
      // No message at all.
      {"empty", {}, "-"},
      {"one byte less than a header", Bytes(plain.begin(), plain.begin() + 11), "-"},
      {"a header only", Bytes(plain.begin(), plain.begin() + 12), "FORMERR"},
      {"twelve zeros", Bytes(12, 0), "FORMERR"},
      // Header.
      {"a response", built(flagged(kQr)), "-"},
      {"a response to a NOTIFY", built(flagged(kQr | 4 << 11)), "-"},
      {"IQUERY", built(opcode(1)), "NOTIMP"},
      {"STATUS", built(opcode(2)), "NOTIMP"},
      {"an opcode that is not assigned", built(opcode(3)), "NOTIMP"},
      {"NOTIFY", built(opcode(4)), "NOTIMP"},
      {"UPDATE", built(opcode(5)), "NOTIMP"},
      {"DSO", built(opcode(6)), "NOTIMP"},
      {"the last opcode", built(opcode(15)), "NOTIMP"},
      {"AA in a query", built(flagged(kAa)), "NOERROR"},
      {"TC in a query", built(flagged(kTc)), "NOERROR"},
      {"RA in a query", built(flagged(kRa)), "NOERROR"},
      {"the reserved bit", built(flagged(0x40)), "NOERROR"},
      {"AD and CD", built(flagged(kAd | kCd)), "NOERROR"},
      {"a response code in a query", built(flagged(3)), "NOERROR"},
      // Counts.
      {"two questions", built(with([](Odd& odd) {
         odd.questions = 2;
         odd.tail = cut(built({}), 0);
       })),
       "FORMERR"},
      {"65,535 questions", built(with([](Odd& odd) { odd.questions = 65535; })), "FORMERR"},
      {"no question, by the count", built(with([](Odd& odd) { odd.questions = 0; })), "FORMERR"},
      {"an answer that is not there", built(with([](Odd& odd) { odd.answers = 1; })), "FORMERR"},
      {"an authority that is not there", built(with([](Odd& odd) { odd.authorities = 1; })), "FORMERR"},
      {"an additional record that is not there", built(with([](Odd& odd) { odd.additionals = 1; })), "FORMERR"},
      {"65,535 records that are not there", built(with([](Odd& odd) { odd.answers = 65535; })), "FORMERR"},
      // Question.
      {"without half of its class", cut(plain, 1), "FORMERR"},
      {"without its class", cut(plain, 2), "FORMERR"},
      {"without half of its type", cut(plain, 3), "FORMERR"},
      {"without its type", cut(plain, 4), "FORMERR"},
      {"without the name's end", cut(plain, 5), "FORMERR"},
      {"a name that points to itself", built(named({0xc0, 12})), "FORMERR"},
      {"a name that points forward", built(named({0xc0, 32})), "FORMERR"},
      {"a name that points into the header", built(named({1, 'a', 0xc0, 0})), "FORMERR"},
      {"a pointer cut in half", cut(built(named({0xc0, 12})), 5), "FORMERR"},
      {"a label of the reserved kind 01", built(named({0x40, 'a', 'b', 0})), "FORMERR"},
      {"a label of the reserved kind 10", built(named({0x80, 'a', 'b', 0})), "FORMERR"},
      {"a label of 63 bytes", built(named(wire_of(std::string(63, 'a') + ".d.svc.cluster.local"))), "NXDOMAIN"},
      {"a label of 64 bytes", built(named(wire_of(std::string(64, 'a') + ".d.svc.cluster.local"))), "FORMERR"},
      {"a name of 255 bytes", built(named(name_of(255))), "NXDOMAIN"},
      {"a name of 256 bytes", built(named(name_of(256))), "FORMERR"},
      {"the root", built(named({0})), "REFUSED"},
      {"another's name", built(named(wire_of("www.example.com"))), "REFUSED"},
      // Class.
      {"class 0", built(classed(0)), "REFUSED"},
      {"CHAOS", built(classed(3)), "REFUSED"},
      {"HESIOD", built(classed(4)), "REFUSED"},
      {"class NONE", built(classed(254)), "REFUSED"},
      {"class ANY", built(classed(255)), "REFUSED"},
      {"a class of nobody", built(classed(4711)), "REFUSED"},
      // Type.
      {"type 0", built(typed(Type{0})), "NOERROR"},
      {"a type of nobody", built(typed(Type{65280})), "NOERROR"},
      {"ANY", built(typed(Type::any)), "NOERROR"},
      {"AXFR", built(typed(Type::axfr)), "REFUSED"},
      {"IXFR", built(typed(Type::ixfr)), "REFUSED"},
      {"MAILA", built(typed(Type::maila)), "NOTIMP"},
      {"MAILB", built(typed(Type::mailb)), "NOTIMP"},
      {"OPT as a question", built(typed(Type::opt)), "FORMERR"},
      // What follows the question.
      {"an answer in a query", built(with([](Odd& odd) {
         odd.answers = 1;
         odd.tail = kRecord;
       })),
       "NOERROR"},
      {"an additional record in a query", built(with([](Odd& odd) {
         odd.additionals = 1;
         odd.tail = kRecord;
       })),
       "NOERROR"},
      {"a record without its last byte", built(with([](Odd& odd) {
         odd.additionals = 1;
         odd.tail = cut(kRecord, 1);
       })),
       "FORMERR"},
      {"one byte behind the message", built(with([](Odd& odd) { odd.tail = {1}; })), "NOERROR"},
      {"many bytes behind the message", built(with([](Odd& odd) { odd.tail = Bytes(500, 0xff); })), "NOERROR"},
      {"a signature without anything in it", built(with_opt({0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 0})), "FORMERR"},
      // EDNS.
      {"an OPT", built(with_opt(opt(1232))), "NOERROR +opt"},
      {"of 0 bytes", built(with_opt(opt(0))), "NOERROR +opt"},
      {"of 511 bytes", built(with_opt(opt(511))), "NOERROR +opt"},
      {"of version 1", built(with_opt(opt(1232, 1))), "BADVERS +opt"},
      {"of version 255", built(with_opt(opt(1232, 255))), "BADVERS +opt"},
      {"two of them", built(with([](Odd& odd) {
         odd.additionals = 2;
         odd.tail = both(opt(1232), opt(1232));
       })),
       "FORMERR"},
      {"at a name", built(with_opt(opt(1232, 0, {}, {}, {1, 'x', 0}))), "FORMERR"},
      {"at a pointer to the root", built(with_opt(opt(1232, 0, {}, {}, {0xc0, 36}))), "FORMERR"},
      {"longer than the message", built(with_opt(opt(1232, 0, {}, 4))), "FORMERR"},
      {"shorter than its options, which are behind the message then", built(with_opt(opt(1232, 0, option(3, 0), 0))),
       "NOERROR +opt"},
      {"with an option longer than itself", built(with_opt(opt(1232, 0, cut(option(3, 5), 3)))), "FORMERR"},
      {"with half an option", built(with_opt(opt(1232, 0, {0, 3, 0}))), "FORMERR"},
      {"with an option of nobody", built(with_opt(opt(1232, 0, option(65001, 3)))), "NOERROR +opt"},
      {"with NSID", built(with_opt(opt(1232, 0, option(3, 0)))), "NOERROR +opt"},
      {"with a client's part of a cookie", built(with_opt(opt(1232, 0, option(10, 8)))), "NOERROR +opt"},
      {"with half a cookie", built(with_opt(opt(1232, 0, option(10, 4)))), "FORMERR"},
      {"with the longest cookie", built(with_opt(opt(1232, 0, option(10, 40)))), "NOERROR +opt"},
      {"with a longer cookie", built(with_opt(opt(1232, 0, option(10, 41)))), "FORMERR"},
      {"among the answers", built(with([](Odd& odd) {
         odd.answers = 1;
         odd.tail = opt(1232);
       })),
       "FORMERR"},
      {"among the authorities", built(with([](Odd& odd) {
         odd.authorities = 1;
         odd.tail = opt(1232);
       })),
       "FORMERR"},
      {"behind another record", built(with([](Odd& odd) {
         odd.additionals = 2;
         odd.tail = both(kRecord, opt(1232));
       })),
       "NOERROR +opt"},
      {"of version 1, of another class", built(with([](Odd& odd) {
         odd = with_opt(opt(1232, 1));
         odd.rr_class = 3;
       })),
       "BADVERS +opt"},
  };
  const Zone zone = one_name();
  for (const Row& row : rows) {
    INFO(row.why);
    for (const Transport transport : {Transport::udp, Transport::tcp}) {
      const Outcome outcome = ask_bytes(zone, row.message, {transport});
      std::string seen = "-";
      if (outcome.answer.action == Action::reply) {
        seen = to_string(Rcode{static_cast<std::uint8_t>(outcome.reply.rcode)});
        if (outcome.reply.opt) seen += " +opt";
        CHECK(outcome.reply.has(kQr));
        CHECK(outcome.reply.id == get16(row.message, 0));
        CHECK(outcome.reply.size <= 512);
      }
      CHECK(seen == row.outcome);
    }
  }
}

TEST_CASE("names of 255 and 256 bytes are what they are said to be") {
  CHECK(name_of(255).size() == 255);
  CHECK(name_of(256).size() == 256);
}

}  // namespace
}  // namespace naru::dns::test
