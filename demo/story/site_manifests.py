"""The YAML of the load balancer's story: a Service, and MetalLB's objects as its documentation has them."""

SERVICE = """apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}]
"""

LAYER2 = """apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: segment, namespace: metallb-system}
spec:
  addresses: [192.168.1.200-192.168.1.239]
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: segment, namespace: metallb-system}
spec:
  ipAddressPools: [segment]
"""

BGP = """apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: routed, namespace: metallb-system}
spec:
  addresses: [203.0.113.0/24]
  autoAssign: false
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: router, namespace: metallb-system}
spec:
  myASN: 64513
  peerASN: 64512
  peerAddress: 192.168.1.1
  bfdProfile: fast
---
apiVersion: metallb.io/v1beta1
kind: BFDProfile
metadata: {name: fast, namespace: metallb-system}
spec: {receiveInterval: 100, transmitInterval: 100, detectMultiplier: 3}
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: {name: routed, namespace: metallb-system}
spec:
  ipAddressPools: [routed]
"""

ROUTED_SERVICE = """apiVersion: v1
kind: Service
metadata:
  name: shop
  namespace: shop
  annotations: {metallb.io/address-pool: routed}
spec:
  type: LoadBalancer
  externalTrafficPolicy: POLICY
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080}]
"""


def routed_service(policy="Cluster"):
    return ROUTED_SERVICE.replace("POLICY", policy)
