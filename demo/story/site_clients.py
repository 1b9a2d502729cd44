"""The clients of the site's story, each shown as it is run, with the machine that it is run on."""

from naru_harness import clients
from terminal import Failure


class SiteClients:
    def __init__(self, site, story):
        self.site, self.story = site, story

    def shown(self, place, name, *command):
        done = place.run(*command)
        self.story.command(f"[{name}] " + " ".join(map(str, command)), done.stdout + done.stderr)
        return done.stdout

    def curl(self, address, port):
        """One request of the outside client; what came back."""
        url = f"http://{address}/" if port == 80 else f"http://{address}:{port}/"
        done = self.site.client.run("curl", "-sS", "--noproxy", "*", "--max-time", "5", url)
        self.story.command(f"[client] curl {url}", done.stdout + done.stderr)
        return done.stdout

    def naru(self, node, *words):
        """naru's own client on a node."""
        done = self.site.nodes[node].naru.get_raw(*words[1:])
        self.story.command(f"[{node}] naru " + " ".join(words), done.stdout + done.stderr)

    def edit(self, file, text):
        """A manifest is written, and shown."""
        self.site.write(file, text)
        self.story.command(f"cat {file}", text)

    @staticmethod
    def ingress(node, service):
        """The address that a Service was given; None: none yet."""
        found = node.naru.service(service)["status"]["loadBalancer"].get("ingress")
        return found[0]["ip"] if found else None

    def shares(self, address, count):
        """How many of so many new connections each node got."""
        before = self._connections()
        done = self.site.client.inside(clients.flood, address, 80, count)
        if done.failures:
            raise Failure(f"{len(done.failures)} of {count} requests to {address} failed: {done.failures[0]}")
        wanted = sum(before.values()) + count
        self.story.wait(lambda: sum(self._connections().values()) >= wanted, "the nodes count them")
        return {name: int(total - before[name]) for name, total in self._connections().items()}

    def _connections(self):
        return {x.name: x.naru.metric("naru_connections_total") or 0 for x in self.site.nodes.values()}
