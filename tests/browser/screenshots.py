"""Pictures of the pages: `python -m tests.browser.screenshots`.

Writes `docs/images/<page>.<language>.png`, as README and guides show them; with `--all OUT_DIR`
every page in both languages, both schemes and at every width, to be looked at.
"""

from __future__ import annotations

import io
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.pages import CONSOLE, DESK, OWN, PHONE, Shot
from tests.browser.telling import tell
from tests.browser.visit import ARGUMENTS, PROGRAM, TIMEOUT_MS, Demo, running_demo

IMAGES = Path(__file__).parents[2] / "docs/images"
LANGUAGES = ("zh-CN", "en")
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
MAX_BYTES = 200_000


def main(arguments: Sequence[str]) -> None:
    """Start a demo, tell its story, and take the pictures."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="OUT_DIR", help="take everything, into there")
    everything: Path | None = parser.parse_args(arguments).all
    with (
        TemporaryDirectory() as state,
        running_demo(Path(state)) as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=ARGUMENTS)
        camera = Camera(demo, browser, tell(demo))
        if everything is None:
            camera.take_shown(IMAGES)
        else:
            camera.take_all(everything)
        browser.close()


@dataclass(frozen=True, slots=True)
class Camera:
    """Takes pictures of a demo in its told state."""

    demo: Demo
    browser: Browser
    ids: Mapping[str, str]

    def take_shown(self, out: Path) -> None:
        """The pictures for the documentation, small enough for a repository.

        Every page in Chinese; in English those that documents show.
        """
        for shots, width in ((OWN, PHONE), (CONSOLE, DESK)):
            told = {"zh-CN": shots, "en": [shot for shot in shots if shot.is_shown]}
            for language in LANGUAGES:
                for shot, picture in self._take(told[language], width, language, "light"):
                    _keep(out / f"{shot.name}.{language}.png", _small(picture))

    def take_all(self, out: Path) -> None:
        """Every page in every way that it can look."""
        for language, scheme in product(LANGUAGES, SCHEMES):
            for shots, width in ((OWN, PHONE), (OWN, DESK), (CONSOLE, DESK)):
                for shot, picture in self._take(shots, width, language, scheme):
                    _keep(out / f"{shot.name}.{language}.{scheme}.{width}.png", picture)

    def _take(
        self, shots: Sequence[Shot], width: int, language: str, scheme: Scheme
    ) -> Iterator[tuple[Shot, bytes]]:
        for role in sorted({shot.role for shot in shots}):
            with self.browser.new_context(
                viewport={"width": width, "height": 844 if width == PHONE else 900},
                locale=language,
                color_scheme=scheme,
                reduced_motion="reduce",
            ) as context:
                context.set_default_timeout(TIMEOUT_MS)
                if role:
                    self.demo.enter(context, role)
                page = context.new_page()
                for shot in shots:
                    if shot.role == role:
                        page.goto(self._address(shot), wait_until="networkidle")
                        # What is open over a page is as large as the window.
                        is_alone = page.get_by_role("dialog").count() == 0
                        yield shot, page.screenshot(full_page=is_alone)

    def _address(self, shot: Shot) -> str:
        ids = dict(self.ids)
        if "{code}" in shot.path:
            ids["code"] = self.demo.code(ids["asked"])["url"].rpartition("/")[2]
        return self.demo.url + shot.path.format_map(ids)


def _small(picture: bytes) -> bytes:
    """The picture with a palette of 256 colours."""
    out = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(256).save(out, "PNG", optimize=True)
    assert out.tell() <= MAX_BYTES, f"{out.tell()} bytes"
    return out.getvalue()


def _keep(path: Path, picture: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture)


if __name__ == "__main__":
    main(sys.argv[1:])
