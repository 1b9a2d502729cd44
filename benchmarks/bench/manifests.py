"""Services and endpoints as YAML, as many as wanted, and the same names as zones for the DNS peers."""

import ipaddress

NAMESPACE = "bench"
ZONE = "cluster.local"
OUTSIDE = "outside.example"


def service_name(number):
    return f"s{number:05d}"


def dns_name(service):
    return f"{service}.{NAMESPACE}.svc.{ZONE}"


def service(name, cluster_ip=None, port=8080):
    given = f"  clusterIP: {cluster_ip}\n" if cluster_ip else ""
    return (f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: {NAMESPACE}\nspec:\n{given}"
            f"  ports:\n  - name: http\n    port: {port}\n    targetPort: http\n")


def endpoint(address, ready=True):
    word = "true" if ready else "false"
    return f"- addresses: [{address}]\n  conditions:\n    ready: {word}\n    serving: {word}\n"


def endpoint_slice(service_, endpoints, port=8080):
    return (f"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  name: {service_}-1\n"
            f"  namespace: {NAMESPACE}\n  labels:\n    kubernetes.io/service-name: {service_}\naddressType: IPv4\n"
            f"ports:\n- name: http\n  protocol: TCP\n  port: {port}\nendpoints:\n" + "".join(endpoints))


def one_service(number, endpoints, first="127.64.0.0"):
    """A Service whose address naru allocates, with `endpoints` addresses that nothing listens on."""
    base = ipaddress.IPv4Address(first) + number * endpoints
    name = service_name(number)
    return service(name) + "---\n" + endpoint_slice(name, [endpoint(base + i) for i in range(endpoints)])


def write_services(folder, documents, layout):
    """`documents`: {file stem: YAML}. Layout "files": a file each; "one": all in one. Returns what to give `naru -f`."""
    folder.mkdir(parents=True)
    if layout == "one":
        (folder / "all.yaml").write_text("---\n".join(documents.values()))
    else:
        for stem, text in documents.items():
            (folder / f"{stem}.yaml").write_text(text)
    return folder


def vip(number):
    return ipaddress.IPv4Address("127.78.16.0") + number


def dns_services(count):
    """Services without endpoints, so that nothing but DNS is at work."""
    return {service_name(i): service(service_name(i), vip(i)) for i in range(count)}


def nsd_zone(count):
    head = (f"$ORIGIN {ZONE}.\n$TTL 5\n@ SOA ns.dns hostmaster 1 7200 1800 86400 5\n@ NS ns.dns\nns.dns A 127.77.2.1\n")
    return head + "".join(f"{service_name(i)}.{NAMESPACE}.svc A {vip(i)}\n" for i in range(count))


def outside_zone(count):
    """Names that are not the cluster's, with a TTL that outlasts a run."""
    head = f"$ORIGIN {OUTSIDE}.\n$TTL 3600\n@ SOA ns hostmaster 1 7200 1800 86400 5\n@ NS ns\nns A 127.77.2.1\n"
    return head + "".join(f"{service_name(i)} A {vip(i)}\n" for i in range(count))


def unbound_zone(count):
    def data(name, value):
        return f'local-data: "{name} 5 {value}"\n'
    head = f'local-zone: "{ZONE}." static\n' + data(f"{ZONE}.", f"SOA ns.dns.{ZONE}. hostmaster.{ZONE}. 1 7200 1800 86400 5")
    return head + "".join(data(dns_name(service_name(i)) + ".", f"A {vip(i)}") for i in range(count))
