"""How the providers of a job are spoken to, so that the page can write a request down as a command. Never a key."""

from __future__ import annotations

from typing import Any

from pipeline.catalog.load import load_catalog
from pipeline.catalog.provider import ProviderSpec
from pipeline.manifest.state import Manifest


def endpoints_of(manifest: Manifest) -> dict[str, dict[str, Any]]:
    """By name, the providers of this manifest's requests that the catalog knows and that are not on this machine."""
    names = dict.fromkeys(request.provider for request in manifest.tasks.values())
    known = load_catalog().providers
    return {name: _endpoint(known[name]) for name in names if name in known and not known[name].embedded}


def _endpoint(spec: ProviderSpec) -> dict[str, Any]:
    return {
        "url": spec.base_url + spec.submit.path,
        "key": spec.key.model_dump(),
        "routes": {name: served.route for name, served in spec.models.items() if served.route},
        **spec.submit.model_dump(include={"nest", "model", "names", "values", "lists", "beside", "images"}),
    }
