#include "config/load_dns_configuration.h"

namespace naru::config {
namespace {

constexpr std::array kFields = std::to_array<FieldDoc>({
    {"dns.listen", "list of address:port", "[]",
     "Where DNS is served over UDP and TCP; by default the tenth address of the first service CIDR, port 53."},
    {"dns.upstreams", "list of address or address:port", "[]",
     "Servers that answer for other domains; by default those of /etc/resolv.conf."},
    {"dns.stubZones", "map of domain to a list as upstreams", "{}",
     "Domains that are asked for elsewhere; the longest that fits a name counts."},
    {"dns.policy", "random, round_robin or sequential", "random", "Which upstream is asked first."},
    {"dns.maxConcurrent", "number", "512",
     "Queries of a worker that may wait for upstreams; of more the oldest gets SERVFAIL."},
    {"dns.timeout", "duration", "4s", "How long a query may wait for upstreams before it gets SERVFAIL."},
    {"dns.attemptTimeout", "duration", "1500ms", "How long one upstream may take."},
    {"dns.hedge", "duration", "150ms",
     "After how long the next upstream is asked too, or sooner by the 95th percentile of answers. 0s: never."},
    {"dns.healthCheck", "duration", "500ms",
     "How long after a failure an upstream is checked, and in use again if it answers; doubles while it does not."},
    {"dns.cache.size", "bytes, or with Ki, Mi, Gi", "16Mi",
     "Room for answers of upstreams, of all workers together; 0 keeps none."},
    {"dns.cache.success", "duration", "1h", "The longest that an answer is kept, whatever its TTL."},
    {"dns.cache.denial", "duration", "30m", "The same of answers that there is no such name or no such type."},
    {"dns.cache.serveStale", "duration", "1h",
     "How long after its TTL an answer is still given while upstreams give none. 0s: never."},
    {"dns.ttl", "number", "5", "Seconds that clients may keep what naru answers by itself."},
    {"dns.pods", "disabled, insecure or verified", "disabled",
     "Whether Pods have names made of their addresses; `verified` asks for a Pod that has the address."},
    {"dns.autopath", "true or false", "false",
     "Whether naru walks the search list of Pods, so that they need not ask once for each of its domains."},
    {"dns.hosts", "list of ip, names", "[]", "Names outside the cluster with their addresses, as in a hosts file."},
    {"dns.hostsFile", "path", "\"\"", "A hosts file to be followed; an empty string follows none."},
    {"dns.queryLog.path", "path, or -", "\"\"",
     "Where one line of JSON per query is written; - is standard output, an empty string writes none."},
    {"dns.queryLog.sample", "number", "1", "Writes every n-th query of a worker only."},
    {"dns.cookies", "true or false", "true", "Whether cookies are given and checked (RFC 7873)."},
    {"dns.rateLimit.responsesPerSecond", "number", "1000",
     "Answers over UDP to one /24 or /56 of networks that are not trusted; 0 is no limit."},
    {"dns.rateLimit.slip", "number", "1",
     "Of the answers that are withheld every n-th tells the client to come by TCP; 0: none does."},
    {"dns.rateLimit.trusted", "list of CIDR", "(loopback, private and link-local networks)",
     "Networks without a limit."},
    {"dns.tcp.idleTimeout", "duration", "10s", "How long a TCP connection may wait for a query."},
    {"dns.tcp.maxConnections", "number", "1000", "TCP connections of each worker."},
    {"dns.tcp.maxConnectionsPerClient", "number", "64", "Of them, those from one address."},
    {"dns.lameDuck", "duration", "0s",
     "How long DNS goes on as before after SIGTERM, at least; it does for as long as connections are being drained."},
});

}  // namespace

std::span<const FieldDoc> dns_fields() {
  return kFields;
}

void load_dns(const Field& field, std::string_view cluster_domain, DnsConfiguration& dns) {
  std::vector<std::string_view> known{"listen", "cache", "tcp"};
  known.insert(known.end(), kServingFields.begin(), kServingFields.end());
  known.insert(known.end(), kForwardFields.begin(), kForwardFields.end());
  if (!field.map(known)) return;
  dns.listen = load_socket_addresses(field["listen"], std::nullopt);
  load_dns_forwarding(field, cluster_domain, dns);
  load_dns_cache(field["cache"], dns.cache);
  load_dns_serving(field, cluster_domain, dns.serving);
  load_dns_tcp(field["tcp"], dns.serving.tcp);
}

}  // namespace naru::config
