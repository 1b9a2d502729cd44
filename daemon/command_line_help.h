// The longer words of --help. The man page says the same at more length.
#pragma once

namespace naru::daemon {

inline constexpr const char* kNounList =
    "services, endpoints, nodes, pools, announcements, dns, listeners, connections";

inline constexpr const char* kSummary =
    "naru serves Kubernetes Services, load balancer addresses and their DNS names on plain machines.";

inline constexpr const char* kFooter = R"(
Examples:
  naru run -f services/                 serve, and follow changes
  naru check -f services/               find every mistake first
  naru get services                     what is in force
  naru get services web -n shop -o yaml

Exit status: 0 done, 1 bad input, 2 bad usage, 3 cannot start.
`naru COMMAND --help` says more about each command; so does naru(8).)";

inline constexpr const char* kPathHelp =
    "File or directory with Kubernetes and MetalLB objects (*.yaml, *.yml, *.json, recursively); \"-\" is standard "
    "input. Repeatable";

inline constexpr const char* kStateDirHelp =
    "Where allocations are kept (default: /var/lib/naru, or $XDG_STATE_HOME/naru without root); \"none\" keeps nothing";

inline constexpr const char* kTakeOverHelp =
    "Take the place of the naru that runs with the same adminSocket, an upgrade say, without a lost connection: that "
    "one "
    "ends once its own are over";

inline constexpr const char* kNameHelp = "Only what has this name; listeners and connections by their Service's name";

inline constexpr const char* kRunFooter = R"(
A change of a file is in force as soon as its writer has closed it or renamed it into place. A file with a mistake
changes nothing: the mistake is logged, and what was in force stays.
Signals: SIGTERM and SIGINT end naru when its connections have ended; a second one ends it at once. SIGHUP reads
everything again.
Exit status: 0 ended by a signal, 1 bad configuration, 2 bad usage, 3 cannot start (the message says what is missing).)";

inline constexpr const char* kCheckFooter = R"(
Each mistake is a line on standard error: FILE:LINE: KIND NAMESPACE/NAME: FIELD: REASON
Exit status: 0 nothing is wrong, 1 something is, 2 bad usage.)";

inline constexpr const char* kGetFooter = R"(
json and yaml print a Kubernetes List of the objects as in force for services, endpoints, nodes and pools, and a list
of flat objects for the others. Mistakes that stand in naru's sources are told on standard error below a table.
Exit status: 0 done, 1 no such object or no naru to ask, 2 bad usage.)";

inline constexpr const char* kInterceptFooter = R"(
A sidecar serves one application, in its network namespace, without privileges and without its knowing. Only this
command needs one, CAP_NET_ADMIN, and only while it runs: it writes rules of nftables (table inet naru_intercept) that
stay. `naru intercept install --help` says more; so does docs/sidecar.md.
Exit status: 0 done, 1 bad input, 2 bad usage, 3 not permitted, or the kernel cannot.)";

inline constexpr const char* kInterceptInstallFooter = R"(
Rules that are there are replaced, in one step. Connections that are open go on as they are.
Example, for an application of user 1000 and a sidecar that runs as user 1337:
  naru intercept install --uid 1000 --sidecar-uid 1337 --config naru.yaml
Exit status: 0 done, 1 bad input, 2 bad usage, 3 not permitted, or the kernel cannot.)";

inline constexpr const char* kInterceptRemoveFooter = R"(
Connections go where they are for. Those that are open through the sidecar end, unless something else in the network
namespace has rules of NAT. Nothing to remove is no failure.
Exit status: 0 done, 2 bad usage, 3 not permitted, or the kernel cannot.)";

}  // namespace naru::daemon
