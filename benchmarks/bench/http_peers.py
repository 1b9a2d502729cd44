"""The contenders of the HTTP cases and their two backends. Every contender answers on three ports, a route each."""

import json
import socket

from bench import manifests, servers
from bench.process import LOAD_CORE, accepts

# route -> the port on which clients ask for it: which protocol they speak, and which one the backend does
ROUTES = {"http": 8080, "h2-h1": 8081, "h2-h2": 8082}
BACKENDS = {"h1": ("127.77.1.2", 8080), "h2": ("127.77.1.3", 8080)}
COUNTS_PORT = 8081  # of each backend
PEERS = {"haproxy": "127.77.6.1", "haproxy-64k": "127.77.6.2", "haproxy-splice": "127.77.6.3", "nginx": "127.77.6.4",
         "nginx-64k": "127.77.6.5", "nghttpx": "127.77.6.6"}
# One naru with a Service each: by its defaults, and without the fields that it adds to requests and the peers do not.
NARU = {"naru": servers.NARU_VIP, "naru-bare": "127.78.0.11"}
ADDRESSES = PEERS | NARU
PROGRAMS = {"haproxy": ["/usr/sbin/haproxy", "-db", "-f"], "nginx": ["/usr/sbin/nginx", "-e", "stderr", "-c"],
            "nghttpx": ["/usr/sbin/nghttpx", "--conf"]}


def backend_of(route):
    return "h2" if route == "h2-h2" else "h1"


def start_backend(place, kind):
    address, port = BACKENDS[kind]
    argv = [place.program(f"naru-bench-{kind}"), address, str(port), str(COUNTS_PORT)]
    return servers.start(f"backend-{kind}", argv, place, lambda: accepts(address, port), LOAD_CORE)


def counts(route):
    """{"connections": opened, "requests": answered} by the backend of `route` since it started."""
    with socket.create_connection((BACKENDS[backend_of(route)][0], COUNTS_PORT), timeout=5) as teller:
        return json.loads(teller.makefile().read())


def server_name(peer, route):
    """Which process answers: nghttpx has one for each protocol of the backend."""
    if peer in NARU:
        return "naru"
    if peer == "nghttpx":
        return "nghttpx-h2" if route == "h2-h2" else "nghttpx-http"
    return peer.replace("haproxy", "haproxy-http").replace("nginx", "nginx-http")


def start_peer(place, peer, route):
    program, name = peer.split("-")[0], server_name(peer, route)
    address = PEERS[peer]
    between = "," if program == "nghttpx" else ":"  # address and port
    values = {f"LISTEN_{r.upper().replace('-', '_')}": f"{address}{between}{port}" for r, port in ROUTES.items()}
    values |= {f"BACKEND_{kind.upper()}": f"{ip}{between}{port}" for kind, (ip, port) in BACKENDS.items()}
    path = servers.fill(place, f"{name}.{'cfg' if program == 'haproxy' else 'conf'}", **values)
    return servers.start(name, [*PROGRAMS[program], path], place, lambda: accepts(address, ROUTES[route]))


def naru_service(name, address):
    """A Service with a port for each route; what its backend speaks is all that it says."""
    def app_protocol(route):
        return "kubernetes.io/h2c" if backend_of(route) == "h2" else "http"
    ports = "".join(f"  - {{name: {route}, port: {port}, targetPort: {route}, appProtocol: {app_protocol(route)}}}\n"
                    for route, port in ROUTES.items())
    service = (f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {manifests.NAMESPACE}}}\n"
               f"spec:\n  clusterIP: {address}\n  ports:\n{ports}")
    return "---\n".join([service, *(endpoints(name, kind) for kind in BACKENDS)])


def endpoints(service, kind):
    """The slice of one backend, with the port names whose route leads to it."""
    address, port = BACKENDS[kind]
    names = "".join(f"- {{name: {route}, protocol: TCP, port: {port}}}\n" for route in ROUTES if backend_of(route) == kind)
    return (f"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  name: {service}-{kind}\n"
            f"  namespace: {manifests.NAMESPACE}\n  labels: {{kubernetes.io/service-name: {service}}}\naddressType: IPv4\n"
            f"ports:\n{names}endpoints:\n" + manifests.endpoint(address))


def start_naru(place, wrapper=()):
    documents = {name: naru_service(name, address) for name, address in NARU.items()}
    documents["policy"] = (servers.PEERS / "naru-bare.yaml").read_text()
    folder = manifests.write_services(place.folder / "http", documents, "files")
    return servers.naru(place, folder, lambda: all(accepts(ip, port) for ip in NARU.values() for port in ROUTES.values()),
                        wrapper=wrapper)
