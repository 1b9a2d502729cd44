"""The YAML that the nodes are given: what anybody would write for Kubernetes and MetalLB."""

NODES = {"w1-k8s": "127.0.41.1", "w2-k8s": "127.0.41.2", "w3-k8s": "127.0.41.3"}
SERVICE_CIDR = "127.41.0.0/16"
DNS_ADDRESS = "127.41.0.10"
NODE_PORT = 30080
POD_PORT = 8080


def nodes():
    return "---\n".join(
        f"""apiVersion: v1
kind: Node
metadata: {{name: {name}}}
status:
  addresses:
    - {{type: InternalIP, address: {address}}}
  conditions: [{{type: Ready, status: "True"}}]
"""
        for name, address in NODES.items()
    )


def services(port):
    return f"""# One Service of each type, in front of the pods with the label app=web.
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec:
  type: ClusterIP
  selector: {{app: web}}
  ports: [{{name: http, port: {port}, targetPort: {POD_PORT}, appProtocol: http}}]
---
apiVersion: v1
kind: Service
metadata: {{name: web-nodeport, namespace: shop}}
spec:
  type: NodePort
  selector: {{app: web}}
  ports: [{{name: http, port: {port}, targetPort: {POD_PORT}, nodePort: {NODE_PORT}}}]
---
apiVersion: v1
kind: Service
metadata: {{name: web-public, namespace: shop}}
spec:
  type: LoadBalancer
  selector: {{app: web}}
  ports: [{{name: http, port: {port}, targetPort: {POD_PORT}}}]
---
apiVersion: v1
kind: Service
metadata: {{name: web-pods, namespace: shop}}
spec:
  clusterIP: None  # headless: the name is the pods
  selector: {{app: web}}
  ports: [{{name: http, port: {POD_PORT}}}]
---
apiVersion: v1
kind: Service
metadata: {{name: shop-front, namespace: shop}}
spec:
  type: ExternalName
  externalName: web.shop.svc.cluster.local
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {{name: public, namespace: metallb-system}}
spec:
  addresses: [127.0.43.1-127.0.43.14]
"""


def conflict(port):
    return f"""apiVersion: v1
kind: Service
metadata: {{name: greedy, namespace: shop}}
spec:
  type: NodePort
  selector: {{app: web}}
  ports:
    - port: {port}
      nodePort: {NODE_PORT}
"""


def pod(name, address, node, deleting=False):
    deletion = '\n  deletionTimestamp: "2024-01-01T00:00:00Z"' if deleting else ""
    return f"""apiVersion: v1
kind: Pod
metadata:
  name: {name}
  namespace: shop
  labels: {{app: web}}{deletion}
spec:
  nodeName: {node}
  containers:
    - name: web
      ports: [{{name: http, containerPort: {POD_PORT}}}]
status:
  phase: Running
  podIP: {address}
  conditions: [{{type: Ready, status: "True"}}]
"""


def configuration(node, dns_port, directory):
    address = NODES[node]
    return f"""apiVersion: naru.io/v1alpha1
kind: NaruConfiguration
node: {node}
serviceCIDRs: [{SERVICE_CIDR}]
dns:
  listen: ["{DNS_ADDRESS}:{dns_port}"]
stateDir: {directory}/state
adminSocket: {directory}/{node}.sock
metricsBindAddress: {address}:10249
healthzBindAddress: {address}:10256
"""
