"""nginx: the shortest configuration that works, and as well as it can be made to save requests. To pods it speaks HTTP/1, or
gRPC."""

import signal
import socket

from naru_harness.fronts import PORT
from naru_harness.process import Process
from naru_harness.wait import until

from .reloading import Reloader

_RELOAD = 0.1

_CONFIG = """\
daemon off;
worker_processes 2;
pid {home}/nginx.pid;
error_log {home}/nginx-error.log;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
  upstream web {{
{servers}
{upstream}
  }}
  server {{
    listen {address}:{port}{listen};
    location / {{
      {kind}_pass {scheme}://web;
{location}
    }}
  }}
}}
"""


class NginxDefault:
    name = "nginx, defaults"
    server_options = upstream = ""

    def __init__(self, lab, speaks, policy):
        self.lab, self.port, self.address = lab, PORT, lab.range.cluster_ip(40)
        self.config, self.process = lab.directory / "nginx.conf", None
        self.kind = "grpc" if speaks == "grpc" else "proxy"
        self.listen = "" if speaks == "http1" else " http2"
        self.per_try = policy.get("timeouts", {}).get("perTry", "60s")
        self.statuses = " http_502 http_503 http_504" if policy.get("retries", {}).get("onGatewayStatus") else ""
        self.reloader = Reloader(self._apply, _RELOAD)

    def location(self):
        return ""

    def publish(self, pods, leaving):
        if self.process is None:
            self._write(pods)
        else:
            self.reloader.change(list(pods))

    def _write(self, pods):
        servers = "\n".join(f"    server {x.address}:{x.port}{self.server_options};" for x in pods)
        scheme = "grpc" if self.kind == "grpc" else "http"
        text = _CONFIG.format(
            home=self.lab.directory, servers=servers, upstream=self.upstream, address=self.address, port=self.port,
            listen=self.listen, kind=self.kind, scheme=scheme, location=self.location(),
        )
        self.config.write_text(text)

    def _apply(self, pods):
        self._write(pods)
        self.process.signal(signal.SIGHUP)

    def start(self):
        self.process = Process(["nginx", "-c", self.config], self.lab.directory / "nginx.log")
        until(self._listens, "nginx listens")

    def _listens(self):
        assert self.process.running, self.process.text()
        socket.create_connection((self.address, self.port), timeout=1).close()
        return True

    def stop(self):
        self.reloader.close()
        self.process.stop()


class NginxBest(NginxDefault):
    """Keeps its connections, passes over a pod after one failure, and asks the next wherever that is safe: to nginx a POST
    that was sent is not, unless `non_idempotent` is said."""

    name = "nginx, tuned"
    server_options = " max_fails=1 fail_timeout=1s"
    upstream = "    zone web 256k; keepalive 32;"

    def location(self):
        lines = ["_connect_timeout 1s;", f"_read_timeout {self.per_try};", "_next_upstream_tries 3;",
                 f"_next_upstream error timeout invalid_header{self.statuses};"]
        text = "".join(f"      {self.kind}{x}\n" for x in lines)
        return text + ('      proxy_http_version 1.1; proxy_set_header Connection "";' if self.kind == "proxy" else "")
