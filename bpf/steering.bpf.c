// sk_lookup: asked once for each packet that begins something (a SYN, a datagram of no connected socket), before the
// kernel looks for a socket by its address. What is for a frontend that naru has noted goes to one of the workers'
// shared sockets, whatever address those are bound to; all else takes its usual way.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bpf/steering_layout.h"

#define IPV4 2
#define IPV6 10
#define UDP 17

// As it stands there: else the compiler may make one load of two, with a computed address, which the verifier refuses.
#define READ(field) (*(const volatile __typeof__(field)*)&(field))

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, STEERING_MOST_FRONTENDS);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct steering_frontend);
  __type(value, struct steering_treatment);
} frontends SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, STEERING_MOST_RANGES);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct steering_range);
  __type(value, __u8);
} ranges SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_SOCKMAP);
  __uint(max_entries, STEERING_GROUPS* STEERING_GROUP_SIZE);
  __type(key, __u32);
  __type(value, __u64);
} sockets SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct steering_spread);
} spread SEC(".maps");

static __always_inline __u32 mixed(__u32 hash, __u32 word) {
  hash = (hash ^ word) * 0x9E3779B1u;
  return hash ^ hash >> 15;
}

// The same for all packets of a client's port and a frontend: retransmitted SYNs, SYN cookies and UDP flows stay with
// their worker.
static __always_inline __u32 worker_of(const struct bpf_sk_lookup* packet, const struct steering_frontend* to,
                                       const __u32* client) {
  const __u32 zero = 0;
  const struct steering_spread* over = bpf_map_lookup_elem(&spread, &zero);
  if (!over) return 0;
  __u32 hash = mixed(over->seed, (__u32)packet->remote_port << 16 | to->port);
  for (int i = 0; i < 4; ++i) hash = mixed(mixed(hash, client[i]), to->address[i]);
  return (__u32)((__u64)hash * over->workers >> 32);
}

static __always_inline int within(const __u32* client, __u32 which, int is_v6) {
  struct steering_range source = {.prefix_length = is_v6 ? 32 + 128 : 32 + 32, .ranges = which};
  for (int i = 0; i < 4; ++i) source.address[i] = client[i];
  return bpf_map_lookup_elem(&ranges, &source) != 0;
}

SEC("sk_lookup")
int steer(struct bpf_sk_lookup* packet) {
  const int is_v6 = packet->family == IPV6;
  __u32 client[4] = {};
  struct steering_frontend to = {
      .port = (__u16)packet->local_port, .protocol = (__u8)packet->protocol, .family = (__u8)packet->family};
  if (is_v6) {
    to.address[0] = READ(packet->local_ip6[0]);
    to.address[1] = READ(packet->local_ip6[1]);
    to.address[2] = READ(packet->local_ip6[2]);
    to.address[3] = READ(packet->local_ip6[3]);
    client[0] = READ(packet->remote_ip6[0]);
    client[1] = READ(packet->remote_ip6[1]);
    client[2] = READ(packet->remote_ip6[2]);
    client[3] = READ(packet->remote_ip6[3]);
  } else {
    to.address[0] = READ(packet->local_ip4);
    client[0] = READ(packet->remote_ip4);
  }
  const struct steering_treatment* treatment = bpf_map_lookup_elem(&frontends, &to);
  if (!treatment) return SK_PASS;

  const int drop = treatment->action == STEERING_DROP ||
                   (treatment->action == STEERING_RANGES && !within(client, treatment->ranges, is_v6));
  const __u32 group = steering_group(packet->protocol == UDP, is_v6) * STEERING_GROUP_SIZE;
  const __u32 place = group + (drop ? STEERING_MOST_WORKERS : worker_of(packet, &to, client));
  struct bpf_sock* socket = bpf_map_lookup_elem(&sockets, &place);
  // Without a socket the usual way, on which nobody listens: refused. SK_DROP means the same to the kernel.
  if (!socket) return drop ? SK_DROP : SK_PASS;
  const long failed = bpf_sk_assign(packet, socket, BPF_SK_LOOKUP_F_NO_REUSEPORT);
  bpf_sk_release(socket);
  return failed && drop ? SK_DROP : SK_PASS;
}

char terms[] SEC("license") = "Dual MIT/GPL";
