// The keys and values of the steering program's maps, as the program (C) and naru (C++) both know them.
#pragma once

#include <linux/types.h>

// What a packet is for. Ports in the host's order, addresses in the network's; of an IPv4 address the first word.
struct steering_frontend {
  __u32 address[4];
  __u16 port;
  __u8 protocol;  // IPPROTO_TCP or IPPROTO_UDP
  __u8 family;    // AF_INET or AF_INET6
};

enum steering_action {
  STEERING_SERVE,   // to a worker's socket
  STEERING_DROP,    // to the socket that takes nothing: the client hears nothing
  STEERING_RANGES,  // served within these source ranges, else dropped
};

struct steering_treatment {
  __u32 action;
  __u32 ranges;  // of STEERING_RANGES: which
};

// The key of a longest-prefix match: 32 bits for which ranges, and as many of the address as the range has.
struct steering_range {
  __u32 prefix_length;
  __u32 ranges;
  __u32 address[4];
};

struct steering_spread {
  __u32 workers;  // 0: nothing is steered
  __u32 seed;
};

// Where sockets stand in their map: those of a protocol and family together, by worker, and last the one that drops.
#define STEERING_MOST_WORKERS 1023
#define STEERING_GROUP_SIZE (STEERING_MOST_WORKERS + 1)
#define STEERING_GROUPS 4
#define STEERING_MOST_FRONTENDS (1 << 17)
#define STEERING_MOST_RANGES (1 << 17)

static inline __u32 steering_group(int is_udp, int is_v6) {
  return (__u32)((is_udp ? 2 : 0) + (is_v6 ? 1 : 0));
}
