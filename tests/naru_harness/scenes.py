"""The scenes in which requests are lost: what happens to the pods while a load runs, and what may be lost then."""

import dataclasses
import time

from .deployment import Deployment
from .load import Load
from .oracle import Cause, judge, read_ledger

_STANDSTILL = 400  # milliseconds
# What nobody can save: see docs/zero-downtime.md.
AT_A_DEATH = (Cause.ANSWER_BEGUN, Cause.DELIVERED, Cause.UNPROVEN)


class Stage:
    """A front, a deployment behind it and a load before it."""

    def __init__(
        self, lab, front, protocol="http1", rate=300, rounds=1, pre_stop=0.0, pace=0.0, spell=0.8, noticed=0.5, prefix=()
    ):
        """`spell`: seconds that a scene takes in which all goes on as it is; `noticed`: seconds after which the cluster
        knows of a death."""
        self.lab, self.front, self.protocol, self.rate, self.rounds = lab, front, protocol, rate, rounds
        self.prefix, self.spell, self.noticed = prefix, spell, noticed
        self.ledger = lab.directory / "ledger"
        options = {"ledger": self.ledger, "close_idle": True, "delay": 30, "prefix": prefix}
        self.deployment = Deployment(lab, front.publish, pre_stop=pre_stop, pace=pace, **options)
        self.stood_still = False  # the machine, for longer than time-outs bear: what was seen says nothing
        self.moments = []  # when something was broken on purpose, milliseconds since 1970

    def play(self, scene, **load):
        """Returns the judge's verdict."""
        self.deployment.options.update(scene.everywhere)
        self.deployment.start(scene.replicas, **scene.in_the_first)
        self.front.start()
        options = {"protocol": self.protocol, "rate": self.rate, "prefix": self.prefix, **load}
        running = Load(self.lab.build, self.lab.directory, self.front.address, self.front.port, **options)
        try:
            time.sleep(0.3)
            scene.happens(self)
            time.sleep(0.3)
            requests, sums = running.finish()
        finally:
            running.kill()
        self.deployment.finish()
        self.stood_still = sums["late"] > _STANDSTILL
        return judge(requests, read_ledger(self.ledger), sums["sent"])

    def broken(self):
        """Something is broken now."""
        self.moments.append(int(time.time() * 1000))

    def wait(self, seconds):
        time.sleep(seconds * self.rounds)


@dataclasses.dataclass(frozen=True)
class Scene:
    name: str
    happens: object  # a function of the stage
    excused: tuple = ()  # causes of failures that are none of the promise
    always: bool = False  # they are excused at any time, not only about a moment at which something was broken
    protocols: tuple = ("http1", "h2", "grpc")
    replicas: int = 5
    everywhere: dict = dataclasses.field(default_factory=dict)  # options of every pod
    in_the_first: dict = dataclasses.field(default_factory=dict)
    policy: dict = dataclasses.field(default_factory=dict)  # what naru is told for it

    def faults(self, verdict, stage):
        return verdict.faults(self.excused, None if self.always else stage.moments)


def _rolling_update(stage):
    for number in range(stage.rounds):
        stage.deployment.roll(f"v{number + 2}")


def _rollback(stage):
    for _ in range(stage.rounds):
        stage.deployment.roll("v2", count=3)
        stage.deployment.roll("v1")


def _scale(stage):
    for _ in range(stage.rounds):
        for replicas in (9, 2, 5):
            stage.deployment.scale(replicas)
            time.sleep(0.1)


def _kill(stage):
    """The cluster hears of it a little later, as from a kubelet."""
    for _ in range(stage.rounds):
        for pod in stage.deployment.pods[:2]:
            stage.broken()
            pod.kill()
            time.sleep(stage.noticed)
            stage.deployment.forget(pod)
        stage.deployment.scale(5)


def _freeze(stage):
    """Alive for the kernel, which goes on accepting and acknowledging."""
    for _ in range(stage.rounds):
        pod = stage.deployment.pods[0]
        pod.freeze()
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            stage.broken()
            time.sleep(0.1)
        pod.thaw()
        time.sleep(0.3)


def _all_gone(stage):
    """As when a Deployment is recreated: for half a second there is nobody. The news comes 50 ms before the SIGTERMs, as
    three attempts do not help against five pods that close their connections at one moment."""
    stage.deployment.pre_stop = max(stage.deployment.pre_stop, 0.05)
    for _ in range(stage.rounds):
        stage.deployment.scale(0)
        time.sleep(0.5)
        stage.deployment.scale(5)
        time.sleep(0.3)


def _go_on(stage):
    stage.wait(stage.spell)


def _go_on_longer(stage):
    """Long enough for connections to be idle for a second."""
    stage.wait(max(stage.spell, 1.6))


HTTP2 = ("h2", "grpc")
SCENES = [
    Scene("rolling update", _rolling_update),
    Scene("rollback", _rollback),
    Scene("scale 5-9-2", _scale),
    Scene("SIGKILL", _kill, AT_A_DEATH),
    Scene("SIGSTOP", _freeze, AT_A_DEATH, policy={"timeouts": {"perTry": "300ms"}}),
    Scene("reset at a random byte", _go_on, AT_A_DEATH, always=True, in_the_first={"abort": 0.2}),
    Scene("idle connections closed after 1 s", _go_on_longer, everywhere={"idle_close": 1000}),
    Scene("FIN after every third answer", _go_on, (Cause.UNPROVEN,), True, ("http1",), everywhere={"close_every": 3}),
    Scene("GOAWAY every 20 requests", _go_on, protocols=HTTP2, everywhere={"goaway_every": 20}),
    Scene("streams refused", _go_on, protocols=HTTP2, in_the_first={"refuse": 0.5}),
    Scene(
        "503 now and then, policy: ask another",
        _go_on,
        (Cause.DELIVERED,),
        True,
        ("http1", "h2"),
        in_the_first={"fail": 0.3},
        policy={"retries": {"onGatewayStatus": True}},
    ),
    Scene("no pod for half a second, policy: hold", _all_gone, policy={"hold": {"timeout": "5s"}}),
]
