"""Plays a Deployment and the kubelets of its nodes: starts pods, tells the front who is there, and ends pods."""

import time

from .wait import until


class Deployment:
    """`publish(pods, terminating)` tells whoever stands in front which pods there are. As in a cluster, the news of a pod's
    end and its SIGTERM set off at the same time; `pre_stop` is how many seconds a preStop hook holds the SIGTERM back, `pace`
    how many pass between one step of a change and the next."""

    def __init__(self, lab, publish, name="web", pre_stop=0.0, pace=0.0, **options):
        self.lab, self._publish, self.name, self.options = lab, publish, name, options
        self.pre_stop, self.pace = pre_stop, pace
        self.pods, self.leaving, self.made, self.version = [], [], 0, "v1"
        self.exit_codes = []

    def start(self, replicas, **of_the_first):
        """The first pod may differ from the others."""
        self.pods = [self._new(**(of_the_first if number == 0 else {})) for number in range(replicas)]
        self._tell()

    def roll(self, version, count=None):
        """A rolling update, or the first `count` steps of one: one pod more than wanted, never one less."""
        self.version = version
        old = [x for x in self.pods if x.version != version][:count]
        for pod in old:
            self.pods.insert(self.pods.index(pod), self._new())
            self._tell()
            time.sleep(self.pace)
            self._end([pod])

    def scale(self, replicas):
        self.pods += [self._new() for _ in range(replicas - len(self.pods))]
        self._tell()
        time.sleep(self.pace)
        if replicas < len(self.pods):
            self._end(self.pods[replicas:])

    def forget(self, pod):
        """The cluster has noticed that a pod is dead."""
        self.pods.remove(pod)
        self._tell()

    def finish(self):
        """Waits for what is on its way out."""
        for pod in list(self.leaving):
            self._gone(pod)

    def _new(self, **more):
        self.made += 1
        return self.lab.pod(f"{self.name}-{self.made}", version=self.version, **{**self.options, **more})

    def _end(self, pods):
        self.pods = [x for x in self.pods if x not in pods]
        self.leaving += pods
        self._tell()
        time.sleep(self.pre_stop)
        for pod in pods:
            pod.popen.terminate()
        for pod in pods:
            self._gone(pod)

    def _gone(self, pod):
        until(lambda: not pod.running, f"{pod.name} ends", timeout=20)
        self.exit_codes.append(pod.popen.returncode)
        self.leaving.remove(pod)
        self._tell()

    def _tell(self):
        self._publish(self.pods, self.leaving)
