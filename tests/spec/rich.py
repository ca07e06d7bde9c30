"""Jobs that use every form of the language, and the files that they name."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image

RICH = """\
version: 1
name: rich
provider: cometapi
vars: {city: Lyon, kit: {value: {lens: 35mm, film: [fast, slow]}}}
prompts:
  - {file: prompts.csv, id: name, text: words}
  - {file: extra/*.j2}
sizes: {wide: 16:9}
matrix:
  model: [flux-pro-1.1, flux-2-flex, flux-dev]
  subject: {file: subjects.csv, id: name, as: {text: caption}, where: {keep: yes}, columns: [text, mood]}
  seed: {random: 2, from: 7, per: subject}
  size: [wide, 1024x1024]
  guidance: {values: [2.5..3.5 step 0.5, 5], when: {model: flux-2-flex}}
  steps: {values: [20, 30], when: {model: [flux-2-flex, flux-dev]}}
  light: {random: 1, of: [dawn, dusk, noon], per: [subject, seed]}
  look: [{id: grainy, value: {film: x}}, {value: {film: y}}]
  exclude: [{model: flux-dev, size: wide}]
  include: [{model: flux-2-pro, light: dawn}]
  only: [{subject: [Ann, Ben]}]
  sample: {n: 90, from: 3}
  order: depth
params: {output_format: png}
models: {flux-2-flex: {params: {safety_tolerance: 1}}}
overrides: [{match: {model: flux-dev}, set: {safety_tolerance: 2}}]
upsampling: off
on_unsupported: error
max_tasks: 5000
prices: {flux-2-flex: 0.05}
budget: {images: 1000, usd: 90}
run: {give_up: 5m}
report: {columns: [model, look], rows: subject}
"""
FILES = {
    "prompts.csv": (
        "name,words,note\n"
        'plain,"a {{ caption }} in {{ city }}, {{ light }}",x\n'
        'long,"{{ mood }} {{ caption }}, {{ light }}, {{ kit.lens }}, {{ look.film }}",y\n'
    ),
    "extra/json.j2": ('{"who": "{{ caption }}",\n "look": {{ look }}, "light": "{{ light }}", "mood": "{{ mood }}"}\n'),
    "subjects.csv": (
        "name,text,mood,keep\n"
        "Ann,a sailor,glad,yes\n"
        'Ben,"a baker, tired",sad,yes\n'
        "Cleo,a pilot,calm,yes\n"
        "Dan,a cook,calm,no\n"
    ),
}
PHOTOS = """\
version: 1
name: photos
provider: cometapi
vars: {place: a harbour}
prompts:
  snow: "let it snow on {{ input_image.stem }}, {{ input_image.caption }}"
  calm: {text: "make {{ place }} calm{% if mood is defined %}, {{ mood|lower }}{% endif %}"}
  lit: {file: lit.j2}
  json: {value: {scene: snow, subjects: [{name: boat, size: 2}]}}
  braces: {text: "{{ as it stands }}", raw: true}
matrix:
  model: [flux-kontext-pro, flux-2-pro]
  input_image: {folder: photos/*.png, limit: 3}
  mood: {values: [Sad, Glad], when: {model: flux-2-pro, prompt: [calm, lit]}}
  size: 3:2
  repeat: 2
params: {input_image_2: photos/b.png}
run:
  active: 8
  submits: 2
  poll: {min: 1s, max: 20s}
  on_doubt: {resubmit: {usd: 1.5}}
  webhook: {url: "https://example.com/flux", port: 8080, host: 0.0.0.0}
trust_env: true
"""
LIT = "{% set light = 'low sun' %}{{ place }}, {% include 'light.j2' %}\n"
LIGHT = "lit by {{ light }}{{ ', ' ~ mood if mood is defined else '' }}\n"


def put_files(root: Path) -> None:
    """The folders jobs/ and templates/ of a project, with every file that the jobs name."""
    for name, content in FILES.items():
        path = root / "jobs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    photos = root / "jobs" / "photos"
    photos.mkdir(exist_ok=True)
    for shade, name in enumerate(("a", "b")):
        stream = BytesIO()
        Image.new("RGB", (256, 256), (shade, 80, 90)).save(stream, "PNG")
        (photos / f"{name}.png").write_bytes(stream.getvalue())
        (photos / f"{name}.txt").write_text(f"boat {name}\n")
    (root / "templates").mkdir(exist_ok=True)
    (root / "templates" / "lit.j2").write_text(LIT)
    (root / "templates" / "light.j2").write_text(LIGHT)
