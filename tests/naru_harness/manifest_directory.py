"""The directory of manifests that naru watches, and how a test writes there."""

import os

from . import manifests
from .pods import PodProcess


class ManifestDirectory:
    """For whoever has `directory` and, in it, `manifests`."""

    def write(self, file, content, mode=None):
        """Replaces a manifest in one step, as editors and deployment tools do."""
        path = self.manifests / file
        data = content.encode() if isinstance(content, str) else content
        temporary = self.directory / (file.replace("/", "_") + ".new")
        temporary.write_bytes(data)
        if mode is not None:
            temporary.chmod(mode)
        os.replace(temporary, path)
        return path

    def apply(self, file, *objects):
        return self.write(file, manifests.to_yaml(*objects))

    def remove(self, file):
        (self.manifests / file).unlink()

    def serve(self, name, pods, port=8080, **spec):
        """A Service in NAME.yaml and its endpoints in NAME-endpoints.yaml."""
        self.apply(f"{name}.yaml", manifests.service(name, port, **spec))
        self.endpoints(name, pods)

    def endpoints(self, name, pods):
        entries = [x.endpoint() if isinstance(x, PodProcess) else x for x in pods]
        self.apply(f"{name}-endpoints.yaml", manifests.endpoint_slice(name, entries))
