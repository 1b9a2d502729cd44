"""Kubernetes objects as Python values."""

import yaml

NAMESPACE = "shop"


def metadata(name, namespace=NAMESPACE, **more):
    return {"name": name, **({"namespace": namespace} if namespace else {}), **more}


def service(name, port=8080, namespace=NAMESPACE, annotations=None, **spec):
    spec.setdefault("ports", [{"name": "http", "port": port}])
    meta = metadata(name, namespace, **({"annotations": annotations} if annotations else {}))
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}


def endpoint(address, node=None, hostname=None, **conditions):
    """Conditions by name: ready, serving, terminating."""
    entry = {"addresses": [address]}
    if node:
        entry["nodeName"] = node
    if hostname:
        entry["hostname"] = hostname
    if conditions:
        entry["conditions"] = conditions
    return entry


def endpoint_slice(of, endpoints, port=8080, name=None, ports=None, namespace=NAMESPACE, family="IPv4"):
    endpoints = [x if isinstance(x, dict) else endpoint(str(x)) for x in endpoints]
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": metadata(name or f"{of}-1", namespace, labels={"kubernetes.io/service-name": of}),
        "addressType": family,
        "ports": ports or [{"name": "http", "port": port}],
        "endpoints": endpoints,
    }


def pod(name, ip, labels, node=None, ready=True, deleting=False, port=8080, namespace=NAMESPACE):
    meta = metadata(name, namespace, labels=dict(labels))
    if deleting:
        meta["deletionTimestamp"] = "2024-01-01T00:00:00Z"
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    spec = {"containers": [{"name": "main", "ports": [{"name": "http", "containerPort": port}]}]}
    if node:
        spec["nodeName"] = node
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta,
        "spec": spec,
        "status": {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}], "conditions": [condition]},
    }


def node(name, *addresses, labels=None, pod_cidrs=None):
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": metadata(name, None, **({"labels": labels} if labels else {})),
        **({"spec": {"podCIDRs": list(pod_cidrs)}} if pod_cidrs else {}),
        "status": {"addresses": [{"type": "InternalIP", "address": address} for address in addresses]},
    }


def pool(name, *addresses):
    return {
        "apiVersion": "metallb.io/v1beta1",
        "kind": "IPAddressPool",
        "metadata": metadata(name, "metallb-system"),
        "spec": {"addresses": list(addresses)},
    }


def metallb(kind, name, version="v1beta1", **spec):
    """L2Advertisement, BGPAdvertisement, BGPPeer (v1beta2), BFDProfile, Community."""
    return {
        "apiVersion": f"metallb.io/{version}",
        "kind": kind,
        "metadata": metadata(name, "metallb-system"),
        "spec": spec,
    }


def policy(name, *services, **spec):
    return {
        "apiVersion": "naru.io/v1alpha1",
        "kind": "ServicePolicy",
        "metadata": metadata(name),
        "spec": {"targetRefs": [{"group": "", "kind": "Service", "name": x} for x in services], **spec},
    }


def to_yaml(*objects):
    return yaml.safe_dump_all(objects, sort_keys=False)
